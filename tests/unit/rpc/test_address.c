#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rpc/address.h"

static void longest_path_fits(void **state)
{
	(void)state;
	struct sockaddr_un address;
	char path[sizeof address.sun_path + 1];
	memset(path, 'a', sizeof path);
	path[sizeof address.sun_path - 1] = '\0';
	assert_int_equal(rpc_address(&address, path, NULL), 0);
	assert_int_equal(address.sun_family, AF_UNIX);
	assert_string_equal(address.sun_path, path);
}

static void longer_path_is_refused_clearly(void **state)
{
	(void)state;
	struct error err = {0};
	struct sockaddr_un address;
	char path[sizeof address.sun_path + 1];
	memset(path, 'a', sizeof path);
	path[sizeof address.sun_path] = '\0';
	assert_int_equal(rpc_address(&address, path, &err), SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "107 characters"));
	assert_int_equal(rpc_address(&address, "", &err), SIGNET_E_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(longest_path_fits),
		cmocka_unit_test(longer_path_is_refused_clearly),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
