// What to tell a client so that it asks this server: axl serve --print-config.
#ifndef CLI_SERVE_CONFIG_H
#define CLI_SERVE_CONFIG_H

#include <axl/serve.h>

// Prints it. url: "http://127.0.0.1:8880". keyed: the server asks for a key. False: the client is
// not known.
bool serve_config_print(const char *client, const char *url, const axl_server_model_info *model,
                        bool keyed);

// Those that are known, for a message.
#define SERVE_CONFIG_CLIENTS "continue, llama.vim, langchain, llamaindex and openai"

#endif
