#!/bin/sh
# usage: make_builtin.sh KIND TABLE FOLDER [NAME...]: prints a table of built-in modules
# (api/module.h). A hyphen in a module's name is an underscore in its descriptor's.
set -eu
kind=$1 table=$2 prefix=$3
shift 3
printf '/* Generated from modules.mk. */\n#include "api/%s.h"\n\n' "$kind"
for name; do
	printf 'extern const struct signet_%s %s_%s;\n' "$kind" "$prefix" "$(echo "$name" | tr - _)"
done
printf '\nconst struct signet_module *const %s[] = {\n' "$table"
for name; do
	printf '\t&%s_%s.module,\n' "$prefix" "$(echo "$name" | tr - _)"
done
printf '\tNULL,\n};\n'
