#include "engine_peer.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/role.h"
#include "engine/engine.h"

static pid_t engine;

void engine_peer_start(const struct fixture *f)
{
	int ends[2];
	char said[512] = "";
	assert_int_equal(pipe(ends), 0);
	engine = fork();
	assert_true(engine >= 0);
	if (engine == 0) {
		struct settings *own;
		struct error err = {0};
		close(ends[0]);
		_exit(settings_load(&own, f->config, &err) ? 9 : engine_run(own, ends[1]));
	}
	close(ends[1]);
	assert_true(read(ends[0], said, sizeof said - 1) > 0);
	close(ends[0]);
	assert_string_equal(said, ROLE_READY);
}

void engine_peer_stop(void)
{
	int status;
	if (engine <= 0)
		return;
	kill(engine, SIGTERM);
	waitpid(engine, &status, 0);
	engine = 0;
}
