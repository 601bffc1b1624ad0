#include "server/doctor/doctor_rows.h"

#include "base/strings.h"

#include <string.h>

// ---- looks ----

static bool say(char *found, size_t size, const char *what) {
    string_copy(found, size, what);
    return false;
}

static const json_t *last_of(const json_t *all) {
    return json_array_get(all, json_array_size(all) - 1);
}

// Base64 of numbers of 4 bytes: a list of numbers becomes an empty vector in the SDK, silently.
static bool look_base64(const json_t *all, char *found, size_t size) {
    const char *text = json_string_value(needs_at(all, "0.data.0.embedding"));
    const size_t length = strlen(text), padding = length - strcspn(text, "=");
    if (length == 0 || length % 4 != 0 || padding > 2 || (length / 4 * 3 - padding) % 4 != 0)
        return say(found, size, "the vector is no base64 of 32-bit numbers");
    return true;
}

static bool look_two_vectors(const json_t *all, char *found, size_t size) {
    const json_t *list = needs_at(all, "0.embeddings");
    if (json_array_size(list) != 2) return say(found, size, "two texts should give two vectors");
    if (json_array_size(json_array_get(list, 0)) == 0) return say(found, size, "a vector is empty");
    return true;
}

// Two prompts, two texts each: in the order of the prompts.
static bool look_four_choices(const json_t *all, char *found, size_t size) {
    const json_t *choices = needs_at(all, "0.choices");
    if (json_array_size(choices) != 4)
        return say(found, size, "two prompts with n = 2 should give four choices");
    for (size_t i = 0; i < 4; i++) {
        const json_t *index = json_object_get(json_array_get(choices, i), "index");
        if (!json_is_integer(index) || json_integer_value(index) != (json_int_t)i)
            return say(found, size, "the choices should be numbered 0 to 3, in this order");
    }
    return true;
}

static bool look_usage_chunk(const json_t *all, char *found, size_t size) {
    if (json_array_size(needs_at(last_of(all), "choices")) == 0) return true;
    return say(found, size, "the last chunk should have usage, and no choices");
}

static bool look_insert(const json_t *all, char *found, size_t size) {
    if (strstr(json_string_value(needs_at(all, "0.template")), ".Suffix")) return true;
    return say(found, size, "the template has no .Suffix: the model does not fill in the middle");
}

static bool look_end_mark(const json_t *all, char *found, size_t size) {
    if (json_is_true(json_object_get(last_of(all), "done"))) return true;
    return say(found, size, "the last line should have \"done\": true");
}

static bool look_stop_mark(const json_t *all, char *found, size_t size) {
    if (json_is_true(json_object_get(last_of(all), "stop"))) return true;
    return say(found, size, "the last chunk should have \"stop\": true");
}

static bool look_byte_tokens(const json_t *all, char *found, size_t size) {
    if (json_array_size(needs_at(all, "0.tokens")) == 1) return true;
    return say(found, size, "the name of the end of the text should be one token");
}

static bool look_code_as_text(const json_t *all, char *found, size_t size) {
    const char *code = json_string_value(needs_at(all, "0.error.message"));
    return code && *code ? true : say(found, size, "the error says nothing");
}

// ---- what clients send ----

#define CONTINUE_STOPS                                                                             \
    "\"stop\":[\"<fim_prefix>\",\"<fim_suffix>\",\"<fim_middle>\",\"<file_sep>\","                 \
    "\"<|endoftext|>\",\"</fim_middle>\",\"</code>\",\"/src/\",\"#- coding: utf-8\",\"```\"]"
#define CODE_PROMPT                                                                                \
    "\"prompt\":\"<fim_prefix># Path: a.py\\ndef add(a, b):\\n    "                                \
    "<fim_suffix>\\n\\nprint(add(1, 2))\\n<fim_middle>\""
#define TEXT_CHUNK "id:s object:s created:n model:s choices:a choices.0.index:n choices.0.text:s"
#define CHAT_CHUNK "id:s object:s created:n model:s choices.0.index:n choices.0.delta:o"
#define TEXT_WHOLE                                                                                 \
    "id:s object:s created:n model:s choices.0.index:n choices.0.text:s "                          \
    "choices.0.finish_reason:s usage.prompt_tokens:n usage.completion_tokens:n "                   \
    "usage.total_tokens:n"
#define CHAT_WHOLE                                                                                 \
    "id:s object:s created:n model:s choices.0.message.role:s "                                    \
    "choices.0.message.content:s choices.0.finish_reason:s usage.total_tokens:n"
#define OLLAMA_OLD "update the server, or use its OpenAI routes"

const doctor_row doctor_rows[] = {
    {.client = "Continue, provider openai",
     .what = "completes at the cursor, as a stream",
     .path = "/v1/completions",
     .body = "{\"model\":\"MODEL\",\"max_tokens\":24,\"temperature\":0.01,\"top_p\":1,"
             "\"frequency_penalty\":0,\"presence_penalty\":0," CONTINUE_STOPS
             ",\"stream\":true," CODE_PROMPT "}",
     .form = FORM_EVENTS,
     .each = TEXT_CHUNK,
     .advice = "Continue asks /completions below apiBase: apiBase must end in /v1"},
    {.client = "Continue, provider openai",
     .what = "chats",
     .path = "/v1/chat/completions",
     .body = "{\"model\":\"MODEL\",\"max_tokens\":16,\"stream\":true,\"stream_options\":"
             "{\"include_usage\":true},\"messages\":[{\"role\":\"user\",\"content\":"
             "[{\"type\":\"text\",\"text\":\"hello\"}]}]}",
     .form = FORM_EVENTS,
     .each = CHAT_CHUNK,
     .last = "usage.prompt_tokens:n usage.completion_tokens:n",
     .advice = "use the model for autocomplete only"},
    {.client = "Continue, adapters",
     .what = "fills in the middle over Mistral's route",
     .path = "/v1/fim/completions",
     .body = "{\"model\":\"MODEL\",\"prompt\":\"def add(a, b):\\n    \",\"suffix\":"
             "\"\\n\\nprint(add(1, 2))\\n\",\"max_tokens\":16,\"temperature\":0.01,"
             "\"stop\":[\"```\"],\"stream\":true}",
     .form = FORM_EVENTS,
     .each = CHAT_CHUNK,
     .advice = "use the provider openai, which does not need this route",
     .needless = true},
    {.client = "Continue, provider ollama",
     .what = "asks what the model can do",
     .path = "/api/show",
     .body = "{\"name\":\"MODEL\"}",
     .form = FORM_BODY,
     .each = "template:s parameters:s",
     .look = look_insert,
     .advice = "use the provider openai, or a model that was trained to fill in the middle"},
    {.client = "Continue, provider ollama",
     .what = "completes at the cursor",
     .path = "/api/generate",
     .body = "{\"model\":\"MODEL\",\"prompt\":\"def add(a, b):\\n    \",\"suffix\":"
             "\"\\n\\nprint(add(1, 2))\\n\",\"raw\":false,\"options\":{\"num_predict\":16,"
             "\"num_ctx\":8192,\"temperature\":0.01,\"stop\":[\"```\"]},\"keep_alive\":1800,"
             "\"stream\":true}",
     .form = FORM_LINES,
     .each = "model:s response:s done:b",
     .look = look_end_mark,
     .advice = "use the provider openai, or a model that was trained to fill in the middle"},
    {.client = "Continue, provider ollama",
     .what = "completes before it knows the model",
     .path = "/api/generate",
     .body = "{\"model\":\"MODEL\"," CODE_PROMPT ",\"raw\":true,\"options\":{\"num_predict\":16},"
             "\"stream\":true}",
     .form = FORM_LINES,
     .each = "response:s done:b",
     .look = look_end_mark,
     .advice = OLLAMA_OLD},
    {.client = "Continue, provider llama.cpp",
     .what = "completes as a stream",
     .path = "/completion",
     .body = "{" CODE_PROMPT ",\"n_predict\":16,\"top_k\":40,\"top_p\":0.95,\"temperature\":0.2,"
             "\"stop\":[\"```\"],\"stream\":true}",
     .form = FORM_EVENTS,
     .each = "content:s stop:b",
     .look = look_stop_mark,
     .advice = "use the provider openai"},
    {.client = "llama.vim",
     .what = "fills in at the cursor",
     .path = "/infill",
     .body = "{\"input_prefix\":\"def add(a, b):\\n\",\"input_suffix\":\"\\n\\nprint(add(1, 2))\\n"
             "\",\"input_extra\":[{\"filename\":\"b.py\",\"text\":\"import sys\\n\"}],\"prompt\":"
             "\"    \",\"n_predict\":16,\"stop\":[],\"n_indent\":4,\"top_k\":40,\"top_p\":0.99,"
             "\"samplers\":[\"top_k\",\"top_p\",\"infill\"],\"stream\":false,\"cache_prompt\":true,"
             "\"t_max_prompt_ms\":500,\"t_max_predict_ms\":1000,\"response_fields\":[\"content\","
             "\"timings/prompt_n\",\"timings/prompt_ms\",\"timings/predicted_n\","
             "\"timings/predicted_ms\",\"truncated\",\"tokens_cached\"]}",
     .form = FORM_BODY,
     .each = "content:s timings/prompt_n:n timings/prompt_ms:n timings/predicted_n:n "
             "timings/predicted_ms:n",
     .advice = "a model that was trained to fill in the middle is needed"},
    {.client = "llama.vim",
     .what = "warms the cache",
     .path = "/infill",
     .body = "{\"input_prefix\":\"\",\"input_suffix\":\"\",\"input_extra\":[{\"filename\":\"b.py\","
             "\"text\":\"import sys\\n\"}],\"prompt\":\"\",\"n_predict\":0,\"temperature\":0.0,"
             "\"stream\":false,\"samplers\":[],\"cache_prompt\":true,\"t_max_prompt_ms\":1,"
             "\"t_max_predict_ms\":1,\"response_fields\":[\"\"]}",
     .form = FORM_BODY,
     .advice = "set ring_n_chunks to 0",
     .needless = true},
    {.client = "OpenAI SDK",
     .what = "lists the models",
     .path = "/v1/models",
     .form = FORM_BODY,
     .each = "object:s data:a data.0.id:s data.0.object:s",
     .advice = "name the model by hand"},
    {.client = "OpenAI SDK",
     .what = "completes without a model's name",
     .path = "/v1/completions",
     .body = "{\"prompt\":\"def main(\",\"max_tokens\":16}",
     .form = FORM_BODY,
     .each = TEXT_WHOLE,
     .advice = "always name a model"},
    {.client = "OpenAI SDK",
     .what = "completes",
     .path = "/v1/completions",
     .body = "{\"model\":\"MODEL\",\"prompt\":\"def main(\",\"max_tokens\":16,\"user\":null}",
     .form = FORM_BODY,
     .each = TEXT_WHOLE,
     .advice = "base_url must end in /v1"},
    {.client = "OpenAI SDK",
     .what = "chats, as a stream",
     .path = "/v1/chat/completions",
     .body = "{\"model\":\"MODEL\",\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},"
             "{\"role\":\"user\",\"content\":\"hello\"}],\"max_completion_tokens\":16,"
             "\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
     .form = FORM_EVENTS,
     .each = CHAT_CHUNK " choices.0.finish_reason:*",
     .last = "usage.total_tokens:n",
     .look = look_usage_chunk,
     .advice = "read no usage from streams"},
    {.client = "OpenAI SDK",
     .what = "turns texts into vectors",
     .path = "/v1/embeddings",
     .body = "{\"model\":\"MODEL\",\"input\":\"hello\",\"encoding_format\":\"base64\"}",
     .form = FORM_BODY,
     .each = "object:s model:s data.0.index:n data.0.embedding:s usage.total_tokens:n",
     .look = look_base64,
     .advice = "pass encoding_format=\"float\""},
    {.client = "OpenAI SDK",
     .what = "is told what is wrong",
     .path = "/v1/completions",
     .body = "{\"model\":\"MODEL\",\"prompt\":\"x\",\"max_tokens\":\"many\"}",
     .form = FORM_BODY,
     .each = "error:o error.message:s error.type:s error.param:sz error.code:sz",
     .look = look_code_as_text,
     .refused = true,
     .advice = "errors show only as a number"},
    {.client = "LangChain",
     .what = "completes several prompts",
     .path = "/v1/completions",
     .body = "{\"model\":\"MODEL\",\"prompt\":[\"def a(\",\"def b(\"],\"n\":2,\"max_tokens\":8,"
             "\"temperature\":0.7,\"top_p\":1,\"frequency_penalty\":0,\"presence_penalty\":0}",
     .form = FORM_BODY,
     .each = "choices:a usage.total_tokens:n",
     .look = look_four_choices,
     .advice = "use one prompt at a time, and n = 1"},
    {.client = "LangChain",
     .what = "embeds with Ollama's route",
     .path = "/api/embed",
     .body = "{\"model\":\"MODEL\",\"input\":[\"hello\",\"world\"],\"truncate\":false}",
     .form = FORM_BODY,
     .each = "model:s embeddings:a",
     .look = look_two_vectors,
     .advice = "use OpenAIEmbeddings with check_embedding_ctx_length=False"},
    {.client = "LlamaIndex",
     .what = "chats",
     .path = "/v1/chat/completions",
     .body = "{\"model\":\"MODEL\",\"temperature\":0.1,\"top_p\":1,\"max_tokens\":16,\"messages\":"
             "[{\"role\":\"user\",\"content\":\"hello\"}]}",
     .form = FORM_BODY,
     .each = CHAT_WHOLE,
     .advice = "in Python use OpenAILike with is_chat_model=False"},
    {.client = "AI SDK",
     .what = "completes as a stream",
     .path = "/v1/completions",
     .body = "{\"model\":\"MODEL\",\"max_tokens\":16,\"temperature\":0,\"stop\":[\"\\nuser:\"],"
             "\"prompt\":\"user:\\nhello\\n\\nassistant:\\n\",\"stream\":true,"
             "\"stream_options\":{\"include_usage\":true}}",
     .form = FORM_EVENTS,
     .each = TEXT_CHUNK " choices.0.finish_reason:sz",
     .advice = "without finish_reason in each chunk it says \"Invalid JSON response\""},
    {.client = "Ollama's clients",
     .what = "ask for the version",
     .path = "/api/version",
     .form = FORM_BODY,
     .each = "version:s",
     .advice = OLLAMA_OLD},
    {.client = "Ollama's clients",
     .what = "list the models",
     .path = "/api/tags",
     .form = FORM_BODY,
     .each = "models:a models.0.name:s models.0.model:s models.0.size:n models.0.digest:s "
             "models.0.modified_at:s models.0.details:o",
     .advice = OLLAMA_OLD},
    {.client = "Ollama's clients",
     .what = "generate",
     .path = "/api/generate",
     .body = "{\"model\":\"MODEL\",\"prompt\":\"def main(\",\"options\":{\"num_predict\":16}}",
     .form = FORM_LINES,
     .each = "model:s created_at:s response:s done:b",
     .last = "done_reason:s total_duration:n prompt_eval_count:n eval_count:n eval_duration:n",
     .look = look_end_mark,
     .advice = OLLAMA_OLD},
    {.client = "Ollama's clients",
     .what = "chat",
     .path = "/api/chat",
     .body = "{\"model\":\"MODEL\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}],"
             "\"options\":{\"num_predict\":16,\"num_ctx\":4096},\"stream\":true}",
     .form = FORM_LINES,
     .each = "message.role:s message.content:s done:b",
     .look = look_end_mark,
     .advice = OLLAMA_OLD},
    {.client = "lm-eval",
     .what = "asks for the tokenizer",
     .path = "/tokenizer_info",
     .form = FORM_BODY,
     .each = "eos_token:s",
     .advice = "give lm-eval a tokenizer: tokenizer_backend=huggingface"},
    {.client = "lm-eval",
     .what = "finds the end of the text",
     .path = "/tokenize",
     .body = "{\"prompt\":\"<|endoftext|>\",\"add_special_tokens\":false}",
     .form = FORM_BODY,
     .each = "tokens:a tokens.0:n",
     .look = look_byte_tokens,
     .advice = "give lm-eval a tokenizer: tokenizer_backend=huggingface"},
};
const size_t doctor_row_count = sizeof doctor_rows / sizeof *doctor_rows;
