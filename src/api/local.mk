noinst_LIBRARIES += src/api/libapi.a
api_headers = src/api/client.h src/api/draft.h src/api/exit.h src/api/http.h \
	src/api/intermediary.h src/api/module.h src/api/policy.h src/api/state.h
src_api_libapi_a_SOURCES = $(api_headers)
