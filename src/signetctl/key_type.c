#include "signetctl/key_type.h"

#define RSA_MAX 4096

const char *key_type_word(size_t at)
{
	static const char *const words[] = {"p-256", "p-384", "ed25519", "rsa-2048", "rsa-3072", "rsa-4096"};
	return at < sizeof words / sizeof *words ? words[at] : NULL;
}

int key_type_read(const char *text, enum key_algorithm *algorithm, unsigned *bits, struct error *err)
{
	enum key_algorithm read;
	unsigned size;
	if (key_algorithm_from_name(text, &read, &size) || read == KEY_P521 ||
	    (read == KEY_RSA && size > RSA_MAX))
		return error_set(err, SIGNET_E_BAD_ALGORITHM,
		                 "key type %s: there is p-256, p-384, ed25519, rsa-2048 to rsa-4096", text);
	*algorithm = read;
	*bits = size;
	return 0;
}
