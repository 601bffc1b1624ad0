#include "cli/serve_config.h"

#include "cli/cli_output.h"

#include <string.h>

// What a text is made of.
typedef struct server_facts {
    const char *url, *name, *key;
    size_t context; // bytes
    size_t most;    // bytes that a completion should have
    bool infill;
} server_facts;

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

// Names in which Continue finds a model that it knows; it then sends prompts in that one's form.
// Those that begin with "gpt" or "o" go to the chat endpoint.
static bool is_taken(const char *name) {
    static const char *const known[] = {
        "qwen",     "starcoder", "stable",  "codestral", "codegemma", "codellama", "deepseek",
        "codegeex", "granite",   "mercury", "gpt",       "claude",    "llama",     "davinci-002"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strstr(name, known[i])) return true;
    return name[0] == 'o';
}

// Its prompts are measured in tokens of another model, of about five bytes in code.
static void print_continue(const server_facts *s) {
    cli_print("# In ~/.continue/config.yaml, below \"models:\".\n");
    if (is_taken(s->name))
        cli_print(
            "# Continue takes a model of this name for another one: choose another --name.\n");
    if (!s->infill)
        cli_print(
            "# This model was not trained to fill in the middle: what is behind the cursor "
            "does not help it.\n");
    cli_print(
        "  - name: AXL %s\n"
        "    provider: openai\n"
        "    model: %s\n"
        "    apiBase: %s/v1\n"
        "    apiKey: %s\n"
        "    roles: [autocomplete]\n"
        "    defaultCompletionOptions: { contextLength: 32768, maxTokens: %zu }\n"
        "    autocompleteOptions:\n"
        "      maxPromptTokens: %zu\n"
        "      prefixPercentage: 0.6\n"
        "      maxSuffixPercentage: 0.2\n"
        "      useRecentlyEdited: false\n"
        "      useImports: false\n",
        s->name, s->name, s->url, s->key, s->most, s->context < 160 ? (size_t)32 : s->context / 5);
}

// Newer versions have an address for each kind of question, older ones a single one.
static void print_llama_vim(const server_facts *s) {
    cli_print("\" In ~/.vimrc, before the plugin is loaded.\n");
    if (!s->infill) cli_print("\" This model was not trained to fill in the middle.\n");
    cli_print(
        "let g:llama_config = {\n"
        "    \\ 'endpoint_fim':     '%s/infill',\n"
        "    \\ 'endpoint':         '%s/infill',\n"
        "    \\ 'api_key':          '%s',\n"
        "    \\ 'n_prefix':         %zu,\n"
        "    \\ 'n_suffix':         %zu,\n"
        "    \\ 'n_predict':        %zu,\n"
        "    \\ 't_max_predict_ms': 500,\n"
        "    \\ 'ring_n_chunks':    0,\n"
        "    \\ }\n",
        s->url, s->url, strcmp(s->key, "none") == 0 ? "" : s->key, 1 + least(s->context / 40, 255),
        1 + least(s->context / 160, 63), s->most);
}

static void print_langchain(const server_facts *s) {
    cli_print(
        "# pip install langchain-openai\n"
        "from langchain_openai import OpenAI, OpenAIEmbeddings\n"
        "\n"
        "llm = OpenAI(base_url=\"%s/v1\", api_key=\"%s\",\n"
        "             model=\"%s\", max_tokens=%zu)\n"
        "# Without the last argument the texts would be sent as tokens of another model.\n"
        "embeddings = OpenAIEmbeddings(base_url=\"%s/v1\", api_key=\"%s\",\n"
        "                              model=\"%s\", check_embedding_ctx_length=False)\n",
        s->url, s->key, s->name, s->most, s->url, s->key, s->name);
}

static void print_llamaindex(const server_facts *s) {
    cli_print(
        "# pip install llama-index-llms-openai-like\n"
        "from llama_index.llms.openai_like import OpenAILike\n"
        "\n"
        "llm = OpenAILike(api_base=\"%s/v1\", api_key=\"%s\",\n"
        "                 model=\"%s\", context_window=%zu, max_tokens=%zu,\n"
        "                 is_chat_model=False)\n",
        s->url, s->key, s->name, s->context, s->most);
}

static void print_openai(const server_facts *s) {
    cli_print(
        "# pip install openai\n"
        "from openai import OpenAI\n"
        "\n"
        "client = OpenAI(base_url=\"%s/v1\", api_key=\"%s\")\n"
        "answer = client.completions.create(model=\"%s\", prompt=\"def main(\", "
        "max_tokens=%zu)\n"
        "print(answer.choices[0].text)\n",
        s->url, s->key, s->name, s->most);
}

static const struct {
    const char *client;
    void (*print)(const server_facts *s);
} texts[] = {
    {"continue", print_continue},   {"llama.vim", print_llama_vim},
    {"langchain", print_langchain}, {"llamaindex", print_llamaindex},
    {"openai", print_openai},
};

bool serve_config_print(const char *client, const char *url, const axl_server_model_info *model,
                        bool keyed) {
    // Continue, LangChain and others refuse to have no key at all.
    const server_facts facts = {.url = url,
                                .name = model->name,
                                .key = keyed ? "YOUR-KEY" : "none",
                                .context = model->context,
                                .most = least(model->context / 4, 96),
                                .infill = model->infill};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strcmp(texts[i].client, client) != 0) continue;
        texts[i].print(&facts);
        return true;
    }
    return false;
}
