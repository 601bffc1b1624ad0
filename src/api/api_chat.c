#include "api/generate_parts.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "infer/chat.h"
#include "infer/stop.h"

#include <string.h>

struct axl_chat {
    axl_session *session;
    chat said;
    char *system;             // owned; NULL: the model's
    char stop[CHAT_STOP_MAX]; // ends an answer
    size_t stop_size;
};

static axl_status make(axl_chat *c, axl_engine *e, const char *system, axl_error *err) {
    const chat_template *form = &e->settings.chat;
    if (system) {
        const size_t size = strlen(system) + 1;
        c->system = mem_alloc(size);
        if (!c->system) return error_no_memory(err, "a conversation", size);
        memcpy(c->system, system, size);
    }
    c->stop_size = chat_stop(form, c->stop);
    FORWARD(chat_begin(&c->said, form, c->system, err));
    return axl_session_create(&c->session, e, err);
}

axl_status axl_chat_create(axl_chat **out, axl_engine *e, const char *system, axl_error *err) {
    RETURN_IF(!out || !e, err, AXL_BAD_ARGUMENT,
              "axl_chat_create: a place for the chat and an engine must be given");
    *out = NULL;
    axl_chat *c = mem_zalloc(sizeof *c);
    if (!c) return error_no_memory(err, "a conversation", sizeof *c);
    const axl_status status = make(c, e, system, err);
    if (status == AXL_OK)
        *out = c;
    else
        axl_chat_free(c);
    return status;
}

void axl_chat_free(axl_chat *c) {
    if (!c) return;
    axl_session_free(c->session);
    chat_free(&c->said);
    mem_free(c->system);
    mem_free(c);
}

axl_status axl_chat_clear(axl_chat *c, axl_error *err) {
    RETURN_IF(!c, err, AXL_BAD_ARGUMENT, "axl_chat_clear: a chat must be given");
    return chat_begin(&c->said, c->said.form, c->system, err);
}

static axl_status answer(axl_chat *c, const axl_question *q, axl_generate_result *result,
                         axl_error *err) {
    axl_generate_options options = *q->options;
    axl_stop stops[STOP_COUNT_MAX + 1];
    RETURN_IF(options.stop_count > STOP_COUNT_MAX, err, AXL_BAD_ARGUMENT, "%zu stop strings",
              options.stop_count);
    for (size_t i = 0; i < options.stop_count; i++) stops[i] = options.stop[i];
    options.stop = stops;
    if (c->stop_size > 0) stops[options.stop_count++] = (axl_stop){c->stop, c->stop_size};
    FORWARD(axl_session_replace(c->session, c->said.text.data, c->said.text.size, err));
    const axl_status status = axl_generate(c->session, &options, q->events, result, err);
    if (status != AXL_OK && status != AXL_INTERRUPTED) return status;
    axl_error later;
    if (chat_answer(&c->said, result->text, result->bytes, &later) == AXL_OK) return status;
    axl_generate_result_free(result);
    if (err) *err = later;
    return AXL_NO_MEMORY;
}

axl_status axl_chat_ask(axl_chat *c, const axl_question *q, axl_generate_result *result,
                        axl_error *err) {
    RETURN_IF(!c || !q || !q->options || !result || (!q->bytes && q->size > 0), err,
              AXL_BAD_ARGUMENT, "axl_chat_ask: a chat, a question and options must be given");
    const size_t context = c->session->of->model.model.table.config.max_seq_len;
    const uint64_t room = q->options->max_bytes;
    const chat_question question = {.bytes = q->bytes,
                                    .size = q->size,
                                    .answer = room < context / 2 ? (size_t)room : context / 2,
                                    .most = context - 1}; // and BOS
    FORWARD(chat_ask(&c->said, &question, err));
    return answer(c, q, result, err);
}
