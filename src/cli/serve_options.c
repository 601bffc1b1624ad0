#include "cli/serve_options.h"

#include "cli/cli_options.h"

#define SERVED(name) FIELD(serve.name)

const option serve_options[] = {
    {"name", 0, OPTION_LIST, "NAME", "of the models, in their order; default: as their paths",
     SERVED(names), 0},
    {"host", 0, OPTION_TEXT, "HOST", "listen there; default: 127.0.0.1", SERVED(host), 0},
    {"port", 0, OPTION_COUNT, "PORT", "listen there; 0: any that is free; default: 8880",
     SERVED(port), 65535},
    {"ollama-port", 0, OPTION_COUNT, "PORT", "listen there too, as Ollama does at 11434",
     SERVED(ollama_port), 65535},
    {"socket", 0, OPTION_TEXT, "PATH", "listen at a Unix socket; at no port unless one is said",
     SERVED(socket), 0},
    {"api-key-file", 0, OPTION_TEXT, "FILE", "keys, one a line, one of which requests must have",
     SERVED(key_file), 0},
    {"api-key", 0, OPTION_LIST, "KEY", "such a key; who lists processes sees it", SERVED(keys), 0},
    {"allowed-host", 0, OPTION_LIST, "NAME", "a further name that the server is called by",
     SERVED(hosts), 0},
    {"cors-origins", 0, OPTION_LIST, "ORIGIN",
     "a page that may ask, as https://example.org; *: all", SERVED(origins), 0},
    {"slots", 0, OPTION_NUMBER, "N", "write N texts at the same time; default: 16", SERVED(slots),
     1024},
    {"queue", 0, OPTION_COUNT, "N", "let N requests wait, then refuse; default: 64", SERVED(queue),
     1000000},
    {"cache-size", 0, OPTION_SIZE, "SIZE", "memory for texts that were read; default: 1G",
     SERVED(cache_bytes), 0},
    {"max-body", 0, OPTION_SIZE, "SIZE", "of a request, at most 64M; default: 8M",
     SERVED(body_bytes), 0},
    {"no-log", 0, OPTION_FLAG, NULL, "do not say a line on stderr for each request", SERVED(no_log),
     0},
    {"print-config", 0, OPTION_TEXT, "CLIENT",
     "print what to tell continue, llama.vim, langchain, llamaindex or openai, and exit",
     SERVED(print_config), 0},
    THREADS,
    CPU,
    HELP};
_Static_assert(COUNT(serve_options) == SERVE_OPTIONS, "all options of axl serve");

const option doctor_options[] = {{"api-key-file", 0, OPTION_TEXT, "FILE",
                                  "its first line is the key; default: $AXL_API_KEY",
                                  SERVED(key_file), 0},
                                 {"model", 0, OPTION_TEXT, "NAME",
                                  "ask for this model; default: the first one", SERVED(model), 0},
                                 {"seconds", 0, OPTION_NUMBER, "N",
                                  "wait so long for an answer; default: 30", FIELD(seconds), 86400},
                                 JSON,
                                 VERBOSE,
                                 HELP};
_Static_assert(COUNT(doctor_options) == DOCTOR_OPTIONS, "all options of axl doctor");
