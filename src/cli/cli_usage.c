#include "cli/cli_usage.h"

#include "cli/cli_output.h"

#include <stdio.h>
#include <string.h>

const cli_fact cli_environment[] = {
    {"AXL_API_KEY", "the key of axl serve and axl doctor, where no option says it"},
    {"AXL_CPU", "the level of kernels to use, where --cpu does not say it"},
    {"HF_TOKEN", "the token of axl data pull, where the data need one"},
    {"NO_COLOR", "not empty: no bold text"},
    {NULL, NULL},
};

const cli_fact cli_exit_codes[] = {
    {"0", "it went well"},
    {"1", "a failure, such as too little memory"},
    {"2", "a wrong command line or a bad input file"},
    {"4", "an input or output error"},
    {"5", "a numeric failure: a result that is wrong"},
    {"130", "interrupted by Ctrl-C"},
    {NULL, NULL},
};

static void item(const char *name, const char *text, size_t indent) {
    cli_print("  %-*s", (int)(indent - 2), name);
    if (strlen(name) + 2 >= indent) cli_print("\n%*s", (int)indent, ""); // no room beside it
    cli_print_wrapped(text, indent, indent);
}

const char *cli_usage_line(char out[CLI_USAGE_MAX], const command *c) {
    char path[CLI_PATH_MAX];
    snprintf(out, CLI_USAGE_MAX, "%s%s%s%s", cli_command_path(path, c),
             c->command_count ? " COMMAND" : "", c->words ? " " : "", c->words ? c->words : "");
    return out;
}

const char *cli_usage_option(char out[CLI_USAGE_MAX], const option *o) {
    char letter[8] = "    ";
    if (o->letter) snprintf(letter, sizeof letter, "-%c, ", o->letter);
    if (o->kind == OPTION_MAYBE)
        snprintf(out, CLI_USAGE_MAX, "%s--%s[=%s]", letter, o->name, o->value);
    else
        snprintf(out, CLI_USAGE_MAX, "%s--%s%s%s", letter, o->name, o->value ? " " : "",
                 o->value ? o->value : "");
    return out;
}

static void print_facts(const char *title, const cli_fact *facts) {
    cli_print("\n");
    cli_print_bold("%s\n", title);
    for (; facts->name; facts++) item(facts->name, facts->text, 14);
}

void cli_usage_print(const command *c) {
    char line[CLI_USAGE_MAX];
    cli_print_bold("usage");
    cli_print(": %s [OPTION]...\n\n", cli_usage_line(line, c));
    cli_print_wrapped(c->text, 0, 0);
    if (c->command_count) {
        cli_print("\n");
        cli_print_bold("commands\n");
        for (size_t i = 0; i < c->command_count; i++)
            item(c->commands[i].name, c->commands[i].summary, 14);
    }
    cli_print("\n");
    cli_print_bold("options\n");
    for (size_t i = 0; i < c->option_count; i++)
        item(cli_usage_option(line, &c->options[i]), c->options[i].help, 24);
    if (c == &cli_program) {
        print_facts("environment", cli_environment);
        print_facts("exit status", cli_exit_codes);
        cli_print("\n'axl help COMMAND' explains a command.\n");
    }
}
