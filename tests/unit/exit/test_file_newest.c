/* What is there may be newer than what comes. */
#include "published.h"

#include <stdio.h>
#include <string.h>

#include "asn1/der.h"
#include "base/file.h"

/* Something with a time in the form of a certificate or a CRL. */
static void put_signed(struct buffer *out, bool crl, int64_t time, unsigned number)
{
	struct der_writer w = der_write(out);
	der_begin(&w, DER_SEQUENCE);
	der_begin(&w, DER_SEQUENCE);
	der_put_uint(&w, number);
	der_put(&w, DER_SEQUENCE, BYTES_NONE);
	der_put(&w, DER_SEQUENCE, BYTES_NONE);
	if (!crl)
		der_begin(&w, DER_SEQUENCE);
	der_put_time(&w, time);
	if (!crl)
		der_end(&w);
	der_end(&w);
	der_end(&w);
	assert_int_equal(der_writer_finish(&w), 0);
}

static bool is_there(const char *directory, const char *name, struct bytes content)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(100000);
	return file_read(&text, path, NULL) == 0 && bytes_equal(buffer_bytes(&text), content);
}

static void answer_chain(struct fake_engine *engine, struct arena *arena,
                         const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)engine;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_GET_CHAIN);
	if (strcmp(call->get_chain->name, "issuing") != 0) {
		reply->code = SIGNET_E_NOT_FOUND;
		return;
	}
	Signet__Rpc__Chain *chain = FAKE(arena, chain);
	chain->n_certificates = 2;
	chain->certificates = arena_array(arena, 2, sizeof *chain->certificates);
	chain->certificates[0] = fake_data("ca");
	chain->certificates[1] = fake_data("root");
	reply->chain = chain;
	reply->body_case = SIGNET__RPC__REPLY__BODY_CHAIN;
}

static void authority_is_published_as_it_is_now(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128];
	published_make(engine, directory);
	engine->answer = answer_chain;
	void *instance = published_open(engine, "directory: published\nca-format: [der, pem-chain]\n");
	struct signet_event event = {.kind = SIGNET_EVENT_CA_CERTIFICATE, .authority = "issuing",
	                             .certificate = bytes_text("ca")};
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	published_expect(directory, "ca/issuing.der", "ca", 0644);
	published_expect(directory, "ca/issuing.chain.pem", PEM("Y2E=") PEM("cm9vdA=="), 0644);
	/* an event of the past does not bring back what was */
	event.certificate = bytes_text("old");
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	published_expect(directory, "ca/issuing.der", "ca", 0644);
	/* one that is gone from the configuration stands alone */
	event.authority = "gone";
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	published_expect(directory, "ca/gone.chain.pem", PEM("b2xk"), 0644);
	exit_file.close(instance);
}

static void older_crl_does_not_take_a_newer_ones_place(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128];
	_cleanup_buffer_ struct buffer older = BUFFER_MAX(1000), newer = BUFFER_MAX(1000);
	published_make(engine, directory);
	put_signed(&older, true, 1700000000, 1);
	put_signed(&newer, true, 1700000001, 1);
	void *instance = published_open(engine, "directory: published\ncrl-format: [der, pem]\n");
	struct signet_event event = {.kind = SIGNET_EVENT_CRL_PUBLISHED, .authority = "issuing",
	                             .crl = buffer_bytes(&older)};
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	assert_true(is_there(directory, "crl/issuing.crl", buffer_bytes(&older)));
	event.crl = buffer_bytes(&newer);
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	event.crl = buffer_bytes(&older);
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	assert_true(is_there(directory, "crl/issuing.crl", buffer_bytes(&newer)));
	/* a delta has a file of its own */
	event.delta = true;
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	assert_true(is_there(directory, "crl/issuing-delta.crl", buffer_bytes(&older)));
	assert_true(is_there(directory, "crl/issuing.crl", buffer_bytes(&newer)));
	char crl[160];
	snprintf(crl, sizeof crl, "%s/crl", directory);
	assert_int_equal(published_count(crl), 4);
	/* what is no CRL is given up, and what is there was put there by others */
	event.crl = bytes_text("nonsense");
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_GIVE_UP);
	snprintf(crl, sizeof crl, "%s/crl/issuing-delta.crl", directory);
	assert_int_equal(file_write(crl, bytes_text("nonsense"), 0644, FILE_REPLACE, NULL), 0);
	event.crl = buffer_bytes(&older);
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	assert_true(is_there(directory, "crl/issuing-delta.crl", buffer_bytes(&older)));
	exit_file.close(instance);
}

static void older_certificate_does_not_take_a_newer_ones_place(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128];
	_cleanup_buffer_ struct buffer older = BUFFER_MAX(1000), newer = BUFFER_MAX(1000);
	published_make(engine, directory);
	put_signed(&older, false, 1700000000, 7);
	put_signed(&newer, false, 1700000001, 8);
	void *instance = published_open(engine, "directory: published\nformat: der\n"
	                               "file-name: \"{name}.{ext}\"\n");
	struct signet_event event = published_event();
	event.certificate = buffer_bytes(&newer);
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	event.certificate = buffer_bytes(&older);
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	assert_true(is_there(directory, "example.com.der", buffer_bytes(&newer)));
	exit_file.close(instance);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(authority_is_published_as_it_is_now),
		TEST(older_crl_does_not_take_a_newer_ones_place),
		TEST(older_certificate_does_not_take_a_newer_ones_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
