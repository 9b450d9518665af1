#include "base/buffer.h"
#include "conf/conf.h"
#include "engine/profile.h"

/* What the built-in profile is, in the words of the configuration; the validity in seconds. */
static const char definition[] =
	PROFILE_RESPONDER ":\n"
	"  validity: %llds\n"
	"  subject: request\n"
	"  key-usage: [digital-signature]\n"
	"  extended-key-usage: [ocsp-signing]\n"
	"  ocsp-no-check: true\n"
	"  urls: {crl: none, ocsp: none}\n";

int profile_make_responder(struct profile *out, struct arena *arena,
                           const struct authority *authority, struct error *err)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(1024);
	struct conf *conf;
	buffer_printf(&text, definition, (long long)authority->ocsp.responder_validity);
	if (text.error)
		return error_nomem(err);
	int result = conf_parse(&conf, "built-in profile", buffer_bytes(&text), err);
	if (result)
		return result;
	/* nothing of the document is kept: names and values are copied or encoded */
	result = profile_load(out, arena, conf_find(conf_root(conf), PROFILE_RESPONDER), authority, 1,
	                      err);
	conf_free(conf);
	return result;
}
