#include "signetd/privilege.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAPABILITY_BIT(n) (1u << (n))

int privilege_look_up(struct identity *out, const char *name, struct error *err)
{
	*out = (struct identity){NULL, geteuid(), getegid()};
	if (!name)
		return 0;
	errno = 0;
	const struct passwd *entry = getpwnam(name);
	if (!entry)
		return error_set(err, SIGNET_E_CONFIG, "users: there is no user %s", name);
	if (geteuid() != 0 && entry->pw_uid != geteuid())
		return error_set(err, SIGNET_E_CONFIG,
		                 "users: only root can run a role as %s", name);
	/* nothing to become when we are that user already */
	if (geteuid() == 0)
		*out = (struct identity){name, entry->pw_uid, entry->pw_gid};
	return 0;
}

/* Leaves these capabilities in the permitted, effective and inheritable sets. */
static int set_capabilities(unsigned mask)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {{mask, mask, mask}, {0, 0, 0}};
	return (int)syscall(SYS_capset, &header, data);
}

/* A capability that is out of the bounding set cannot come back with an exec. */
static int drop_bounding_set(unsigned keep)
{
	for (unsigned i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
		if ((i >= 32 || !(keep & CAPABILITY_BIT(i))) &&
		    prctl(PR_CAPBSET_DROP, i, 0, 0, 0))
			return -1;
	return 0;
}

int privilege_drop(const struct identity *identity, bool low_ports, struct error *err)
{
	unsigned keep = low_ports ? CAPABILITY_BIT(CAP_NET_BIND_SERVICE) : 0;
	if (!identity->user)
		return 0;
	if (initgroups(identity->user, identity->gid))
		return error_errno(err, "cannot take the groups of %s", identity->user);
	if (drop_bounding_set(keep))
		return error_errno(err, "cannot give up capabilities");
	if ((keep && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)) ||
	    setresgid(identity->gid, identity->gid, identity->gid) ||
	    setresuid(identity->uid, identity->uid, identity->uid))
		return error_errno(err, "cannot become %s", identity->user);
	/* the ambient set is what an exec by an ordinary user keeps */
	if (set_capabilities(keep) ||
	    (keep && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0, 0)))
		return error_errno(err, "cannot give up capabilities");
	if (setresuid(0, 0, 0) == 0 && identity->uid != 0)
		return error_set(err, SIGNET_E_INTERNAL, "root came back after becoming %s",
		                 identity->user);
	return 0;
}
