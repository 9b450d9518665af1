#include "directory.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ldap.h>

/* What tests/valgrind.supp says of libldap, for the leak sanitizer, which does not see as far. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:gnutls_x509_privkey_init\nleak:gnutls_x509_crt_init\nleak:ber_memcalloc_x\n";
}

struct server server;
struct error notified;

static void *instances[64];
static struct conf *documents[64], *authorities;
static size_t count;

/* Below the ephemeral ports, so that no outgoing connection takes it before it is used. */
static unsigned free_port(void)
{
	for (;;) {
		uint16_t random;
		assert_int_equal(getrandom(&random, sizeof random, 0), sizeof random);
		struct sockaddr_in address = {.sin_family = AF_INET,
		                              .sin_port = htons((uint16_t)(10000 + random % 22000)),
		                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		int result = bind(fd, (struct sockaddr *)&address, sizeof address);
		close(fd);
		if (result == 0)
			return ntohs(address.sin_port);
	}
}

const char *server_file(const char *name)
{
	static char path[4][128];
	static unsigned turn;
	turn = (turn + 1) % 4;
	snprintf(path[turn], sizeof path[turn], "%s/%s", server.path, name);
	return path[turn];
}

/* Runs a program with this input; its exit status. */
static int run(const char *const *argv, const char *input)
{
	int in[2], status;
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);
		dup2(in[0], STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(in[0]);
	assert_int_equal(write(in[1], input, strlen(input)), strlen(input));
	close(in[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static LDAP *log_in(void)
{
	char uri[64], password[64] = "";
	int version = LDAP_VERSION3;
	LDAP *ldap = NULL;
	FILE *file = fopen(server_file("password"), "r");
	if (!file)
		return NULL;
	size_t length = fread(password, 1, sizeof password - 1, file);
	fclose(file);
	struct berval secret = {length, password};
	snprintf(uri, sizeof uri, "ldap://127.0.0.1:%u", server.port);
	assert_int_equal(ldap_initialize(&ldap, uri), LDAP_SUCCESS);
	ldap_set_option(ldap, LDAP_OPT_PROTOCOL_VERSION, &version);
	if (ldap_sasl_bind_s(ldap, "cn=signet," BASE, LDAP_SASL_SIMPLE, &secret, NULL, NULL, NULL) ==
	    LDAP_SUCCESS)
		return ldap;
	ldap_unbind_ext_s(ldap, NULL, NULL);
	return NULL;
}

static void await_server(void)
{
	LDAP *ldap = NULL;
	for (int i = 0; i < 3000 && !(ldap = log_in()); i++) {
		if (waitpid(server.pid, NULL, WNOHANG) != 0)
			fail_msg("slapd ended: is the package slapd there?");
		usleep(10000);
	}
	assert_non_null(ldap);
	ldap_unbind_ext_s(ldap, NULL, NULL);
}

static void start(const char *const *argv)
{
	server.pid = fork();
	assert_true(server.pid >= 0);
	if (server.pid == 0) {
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	await_server();
}

static const char *script(void)
{
	static char path[512];
	const char *srcdir = getenv("srcdir");
	snprintf(path, sizeof path, "%s/tests/system/slapd.sh", srcdir ? srcdir : ".");
	return path;
}

int server_setup(void **state)
{
	(void)state;
	char port[16], tls_port[16];
	signal(SIGPIPE, SIG_IGN);
	snprintf(server.path, sizeof server.path, "/tmp/signet-slapd.XXXXXX");
	assert_non_null(mkdtemp(server.path));
	server.port = free_port();
	server.tls_port = free_port();
	snprintf(port, sizeof port, "%u", server.port);
	snprintf(tls_port, sizeof tls_port, "%u", server.tls_port);
	const char *const argv[] = {"bash", script(), server.path, port, tls_port, NULL};
	start(argv);
	return 0;
}

void server_start(void)
{
	char command[600];
	snprintf(command, sizeof command, ". %s && slapd_exec %s", script(), server.path);
	const char *const argv[] = {"bash", "-c", command, NULL};
	start(argv);
}

void server_stop(void)
{
	if (!server.pid)
		return;
	kill(server.pid, SIGTERM);
	assert_int_equal(waitpid(server.pid, NULL, 0), server.pid);
	server.pid = 0;
}

static int remove_file(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	(void)info;
	(void)type;
	(void)ftw;
	return remove(path);
}

int server_teardown(void **state)
{
	(void)state;
	instances_close();
	server_stop();
	nftw(server.path, remove_file, 8, FTW_DEPTH | FTW_PHYS);
	return 0;
}

void server_change(const char *ldif)
{
	char uri[64], password[128];
	snprintf(uri, sizeof uri, "ldap://127.0.0.1:%u", server.port);
	snprintf(password, sizeof password, "%s", server_file("password"));
	const char *const argv[] = {"ldapmodify", "-a", "-x", "-H", uri, "-D", "cn=signet," BASE,
	                            "-y", password, NULL};
	assert_int_equal(run(argv, ldif), 0);
}

static void delete_children(LDAP *ldap, const char *parent)
{
	char *attributes[] = {(char *)LDAP_NO_ATTRS, NULL};
	LDAPMessage *found = NULL;
	assert_int_equal(ldap_search_ext_s(ldap, parent, LDAP_SCOPE_ONELEVEL, NULL, attributes, 0, NULL,
	                                   NULL, NULL, 0, &found),
	                 LDAP_SUCCESS);
	for (LDAPMessage *at = ldap_first_entry(ldap, found); at; at = ldap_next_entry(ldap, at)) {
		char *dn = ldap_get_dn(ldap, at);
		delete_children(ldap, dn);
		assert_int_equal(ldap_delete_ext_s(ldap, dn, NULL, NULL), LDAP_SUCCESS);
		ldap_memfree(dn);
	}
	ldap_msgfree(found);
}

void server_clear(void)
{
	LDAP *ldap = log_in();
	assert_non_null(ldap);
	delete_children(ldap, "ou=people," BASE);
	delete_children(ldap, "ou=devices," BASE);
	delete_children(ldap, "ou=pki," BASE);
	ldap_unbind_ext_s(ldap, NULL, NULL);
}

/* The values; NULL for none. *there: the entry is. */
static struct berval **values(const char *dn, const char *attribute, bool *there)
{
	char *attributes[] = {(char *)(uintptr_t)attribute, NULL};
	LDAPMessage *found = NULL;
	LDAP *ldap = log_in();
	assert_non_null(ldap);
	int code = ldap_search_ext_s(ldap, dn, LDAP_SCOPE_BASE, NULL, attributes, 0, NULL, NULL, NULL, 0,
	                             &found);
	assert_true(code == LDAP_SUCCESS || code == LDAP_NO_SUCH_OBJECT);
	LDAPMessage *entry = ldap_first_entry(ldap, found);
	*there = entry;
	struct berval **list = entry ? ldap_get_values_len(ldap, entry, attribute) : NULL;
	ldap_msgfree(found);
	ldap_unbind_ext_s(ldap, NULL, NULL);
	return list;
}

int server_count(const char *dn, const char *attribute)
{
	bool there;
	struct berval **list = values(dn, attribute, &there);
	int n = list ? ldap_count_values_len(list) : 0;
	if (list)
		ldap_value_free_len(list);
	return there ? n : -1;
}

bool server_holds(const char *dn, const char *attribute, struct bytes value)
{
	bool there, found = false;
	struct berval **list = values(dn, attribute, &there);
	for (size_t i = 0; list && list[i]; i++)
		found |= bytes_equal(value, bytes_make(list[i]->bv_val, list[i]->bv_len));
	if (list)
		ldap_value_free_len(list);
	return found;
}

static int configure(const char *text, struct error *err)
{
	if (!authorities)
		assert_int_equal(conf_parse(&authorities, "a.yaml",
		                            bytes_text("{issuing: {}, other: {}}"), NULL), 0);
	const struct signet_exit_host host = {"ldap", server.path, NULL, conf_root(authorities)};
	assert_true(count < sizeof instances / sizeof *instances);
	assert_int_equal(conf_parse(&documents[count], "t.yaml", bytes_text(text), NULL), 0);
	/* as the publisher does before it configures a module */
	int result = signet_module_check_keys(&exit_ldap.module, conf_root(documents[count]), err);
	if (result == 0)
		result = exit_ldap.configure(&instances[count], &host, conf_root(documents[count]), err);
	count++;
	return result;
}

void *instance_open(const char *format, ...)
{
	char text[4096];
	struct error err = {0};
	va_list ap;
	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	if (configure(text, &err))
		fail_msg("%s", err.message);
	return instances[count - 1];
}

const char *instance_refused(const char *text)
{
	static struct error err;
	err = (struct error){0};
	if (configure(text, &err) != SIGNET_E_CONFIG || instances[count - 1])
		fail_msg("taken: %s", text);
	return err.message;
}

void instances_close(void)
{
	while (count) {
		count--;
		if (instances[count])
			exit_ldap.close(instances[count]);
		instances[count] = NULL;
		conf_free(documents[count]);
	}
	conf_free(authorities);
	authorities = NULL;
}

enum signet_exit_result notify(void *instance, const struct signet_event *event)
{
	notified = (struct error){0};
	return exit_ldap.notify(instance, event, &notified);
}
