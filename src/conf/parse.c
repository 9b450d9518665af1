#include <limits.h>
#include <stdlib.h>

#include <yaml.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "conf/node.h"

/* Nodes, their two places in their parent (twice, when files are joined), text (escapes make it grow
 * by less than half), and the paths of included files. */
#define ARENA_MAX \
	((size_t)LIMIT_CONFIG_NODES * (sizeof(struct conf_node) + 4 * sizeof(void *) + 2) + \
	 2 * (size_t)LIMIT_CONFIG_FILE + 2 * (size_t)LIMIT_INCLUDE_FILES * PATH_MAX + 65536)

struct builder {
	struct conf *conf;
	struct conf_node *open; /* the innermost map or list that has not ended */
	const char *key;        /* has been read, its value has not */
	size_t key_line;
	size_t depth;
	bool has_document;
	struct error *err;
};

/* On the line of mark, with the keys down to the open node. */
__attribute__((format(printf, 3, 4)))
static int refuse(struct builder *b, const yaml_mark_t *mark, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	int code = conf_error_at(b->conf, b->open, mark->line + 1, b->err, format, ap);
	va_end(ap);
	return code;
}

static int add_node(struct builder *b, enum conf_kind kind, const yaml_mark_t *mark,
                    struct conf_node **out)
{
	if (b->conf->nodes++ == LIMIT_CONFIG_NODES)
		return refuse(b, mark, "more than %d values", LIMIT_CONFIG_NODES);
	struct conf_node *node = arena_alloc(b->conf->arena, sizeof *node);
	if (!node)
		return error_nomem(b->err);
	node->conf = b->conf;
	node->kind = kind;
	node->parent = b->open;
	node->key = b->key ? b->key : "";
	node->line = b->key ? b->key_line : mark->line + 1;
	node->text = "";
	b->key = NULL;
	if (b->open)
		conf_append(b->open, node);
	else
		b->conf->root = node;
	*out = node;
	return 0;
}

static int check_marks(struct builder *b, const yaml_event_t *event, const yaml_char_t *anchor,
                       const yaml_char_t *tag)
{
	if (anchor)
		return refuse(b, &event->start_mark, "anchors are not supported");
	if (tag)
		return refuse(b, &event->start_mark, "tags are not supported");
	return 0;
}

static int add_container(struct builder *b, const yaml_event_t *event, enum conf_kind kind)
{
	if (b->open && b->open->kind == CONF_MAP && !b->key)
		return refuse(b, &event->start_mark, "a key must be a single value");
	if (!b->open && kind != CONF_MAP)
		return refuse(b, &event->start_mark, "the file must be a map of keys and values");
	if (b->depth == LIMIT_CONFIG_DEPTH)
		return refuse(b, &event->start_mark, "nested deeper than %d", LIMIT_CONFIG_DEPTH);
	struct conf_node *node;
	int result = add_node(b, kind, &event->start_mark, &node);
	if (result)
		return result;
	b->open = node;
	b->depth++;
	return 0;
}

static int end_container(struct builder *b)
{
	struct conf_node *node = b->open;
	b->open = node->parent;
	b->depth--;
	return conf_index(node, b->err);
}

static int take_key(struct builder *b, const yaml_event_t *event, struct bytes text)
{
	const yaml_mark_t *mark = &event->start_mark;
	if (!text.length)
		return refuse(b, mark, "a key is empty");
	if (text.length > LIMIT_CONFIG_KEY)
		return refuse(b, mark, "a key is longer than %d octets", LIMIT_CONFIG_KEY);
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] < 0x20 || text.data[i] == 0x7f)
			return refuse(b, mark, "a key contains a control character");
	b->key = arena_text(b->conf->arena, text);
	b->key_line = mark->line + 1;
	return b->key ? 0 : error_nomem(b->err);
}

static bool is_null(const yaml_event_t *event)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
	if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return false;
	for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++)
		if (strcmp((const char *)event->data.scalar.value, nulls[i]) == 0)
			return true;
	return false;
}

static int add_scalar(struct builder *b, const yaml_event_t *event)
{
	struct bytes text = {event->data.scalar.value, event->data.scalar.length};
	/* the file is clean, but an escape such as "\0" may bring what it may not contain */
	if (!text_is_utf8(text))
		return refuse(b, &event->start_mark, "a value contains NUL or is not UTF-8");
	if (b->open && b->open->kind == CONF_MAP && !b->key)
		return take_key(b, event, text);
	if (!b->open && !is_null(event))
		return refuse(b, &event->start_mark, "the file must be a map of keys and values");
	struct conf_node *node;
	int result = add_node(b, b->open ? CONF_SCALAR : CONF_MAP, &event->start_mark, &node);
	if (result)
		return result;
	node->is_null = node->kind == CONF_SCALAR && is_null(event);
	node->text = arena_text(b->conf->arena, text);
	return node->text ? 0 : error_nomem(b->err);
}

static int begin_document(struct builder *b, const yaml_event_t *event)
{
	if (b->has_document)
		return refuse(b, &event->start_mark, "more than one document in the file");
	if (event->data.document_start.tag_directives.start !=
	    event->data.document_start.tag_directives.end)
		return refuse(b, &event->start_mark, "tags are not supported");
	b->has_document = true;
	return 0;
}

static int take_event(struct builder *b, const yaml_event_t *event)
{
	int result = 0;
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		return begin_document(b, event);
	case YAML_ALIAS_EVENT:
		return refuse(b, &event->start_mark, "aliases are not supported");
	case YAML_SCALAR_EVENT:
		result = check_marks(b, event, event->data.scalar.anchor, event->data.scalar.tag);
		return result ? result : add_scalar(b, event);
	case YAML_SEQUENCE_START_EVENT:
		result = check_marks(b, event, event->data.sequence_start.anchor,
		                     event->data.sequence_start.tag);
		return result ? result : add_container(b, event, CONF_LIST);
	case YAML_MAPPING_START_EVENT:
		result = check_marks(b, event, event->data.mapping_start.anchor,
		                     event->data.mapping_start.tag);
		return result ? result : add_container(b, event, CONF_MAP);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return end_container(b);
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
	return 0;
}

static int yaml_error(struct builder *b, const yaml_parser_t *parser, struct bytes text)
{
	if (parser->error == YAML_MEMORY_ERROR)
		return error_nomem(b->err);
	yaml_mark_t mark = parser->problem_mark;
	if (parser->error == YAML_READER_ERROR) { /* has an offset and no mark */
		mark.line = 0;
		for (size_t i = 0; i < text.length && i < parser->problem_offset; i++)
			mark.line += text.data[i] == '\n';
	}
	const char *context = parser->context ? parser->context : "";
	return refuse(b, &mark, "%s%s%s", parser->problem ? parser->problem : "not YAML",
	              *context ? " " : "", context);
}

static int build(struct builder *b, struct bytes text)
{
	yaml_parser_t parser;
	if (!yaml_parser_initialize(&parser))
		return error_nomem(b->err);
	yaml_parser_set_input_string(&parser, text.data ? text.data : (const uint8_t *)"",
	                             text.length);
	int result = 0;
	for (bool end = false; result == 0 && !end;) {
		yaml_event_t event;
		if (!yaml_parser_parse(&parser, &event)) {
			result = yaml_error(b, &parser, text);
			break;
		}
		end = event.type == YAML_STREAM_END_EVENT;
		result = take_event(b, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	if (result == 0 && !b->conf->root) {
		struct conf_node *root;
		result = add_node(b, CONF_MAP, &(yaml_mark_t){0}, &root);
	}
	return result;
}

/* Refuses what libyaml would let through or would name without its line. */
static int check_text(struct builder *b, struct bytes text)
{
	yaml_mark_t mark = {0};
	if (text.length > LIMIT_CONFIG_FILE)
		return refuse(b, &mark, "larger than %u octets", LIMIT_CONFIG_FILE);
	while (text.length) {
		size_t n = text_utf8_length(text);
		if (n == 0)
			return refuse(b, &mark, "not UTF-8");
		if (text.data[0] == 0)
			return refuse(b, &mark, "contains NUL");
		mark.line += text.data[0] == '\n';
		text = bytes_make(text.data + n, text.length - n);
	}
	return 0;
}

int conf_parse(struct conf **out, const char *name, struct bytes text, struct error *err)
{
	struct conf *conf = calloc(1, sizeof *conf);
	if (!conf)
		return error_nomem(err);
	struct builder b = {.conf = conf, .err = err};
	int result = 0;
	conf->octets = text.length;
	conf->arena = arena_new(ARENA_MAX);
	conf->name = conf->arena ? arena_strdup(conf->arena, name) : NULL;
	if (!conf->name)
		result = error_nomem(err);
	if (result == 0)
		result = check_text(&b, text);
	if (result == 0)
		result = build(&b, text);
	if (result) {
		conf_free(conf);
		return result;
	}
	*out = conf;
	return 0;
}

int conf_load(struct conf **out, const char *path, struct error *err)
{
	_cleanup_secret_ struct buffer text = BUFFER_MAX(LIMIT_CONFIG_FILE);
	struct error why = {0};
	int result = file_read(&text, path, &why);
	if (result)
		return error_set(err, result == SIGNET_E_NOMEM ? result : SIGNET_E_CONFIG, "%s",
		                 why.message);
	return conf_parse(out, path, buffer_bytes(&text), err);
}

void conf_free(struct conf *conf)
{
	while (conf) {
		struct conf *next = conf->next;
		arena_free(conf->arena);
		free(conf);
		conf = next;
	}
}
