/*
 * Removes a test's directory with all that is in it.
 */
#ifndef SIGNET_TESTS_TREE_H
#define SIGNET_TESTS_TREE_H

#include <ftw.h>
#include <stdio.h>

static inline int tree_remove_entry(const char *path, const struct stat *info, int type,
                                    struct FTW *place)
{
	(void)info;
	(void)type;
	(void)place;
	return remove(path);
}

/* Follows no symbolic link. 0, or another number for a teardown to return. */
static inline int tree_remove(const char *path)
{
	return nftw(path, tree_remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
