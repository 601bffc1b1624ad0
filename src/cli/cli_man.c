// The manual page, one for the program with all its commands.
#include "cli/cli_output.h"
#include "cli/cli_usage.h"

#include <axl/axl.h>

#include <stdio.h>

// Text for troff: a dash stays a dash, a backslash is spelt out, and no line starts with a dot or
// an apostrophe, which would be a request.
static void text(const char *t) {
    bool start = true;
    for (; *t; t++) {
        if (start && (*t == '.' || *t == '\'')) cli_print("\\&");
        start = *t == '\n';
        if (*t == '\\')
            cli_print("\\e");
        else if (*t == '-')
            cli_print("\\-");
        else if (*t == '\n')
            cli_print("\n.PP\n");
        else
            cli_print("%c", *t);
    }
    cli_print("\n");
}

static void item(const char *name, const char *what) {
    cli_print(".TP\n.B ");
    while (*name == ' ') name++;
    text(name);
    text(what);
}

// A command and those below it, each with its own heading.
static void commands(const command *c) {
    char line[CLI_USAGE_MAX];
    if (c->run && c->parent) {
        cli_print(".SS ");
        text(cli_usage_line(line, c));
        text(c->text);
        for (size_t i = 0; i < c->option_count; i++)
            item(cli_usage_option(line, &c->options[i]), c->options[i].help);
    }
    for (size_t i = 0; i < c->command_count; i++) commands(&c->commands[i]);
}

static void facts(const char *title, const cli_fact *list) {
    cli_print(".SH %s\n", title);
    for (; list->name; list++) item(list->name, list->text);
}

void cli_man_print(void) {
    cli_print(".TH AXL 1 \"\" \"axl %s\" \"User Commands\"\n.SH NAME\naxl \\- ", axl_version());
    text(cli_program.summary);
    cli_print(".SH SYNOPSIS\n.B axl\n.I COMMAND\n.RI [ OPTION ]...\n.SH DESCRIPTION\n");
    text(cli_program.text);
    cli_print(".SH OPTIONS\n");
    char line[CLI_USAGE_MAX];
    for (size_t i = 0; i < cli_program.option_count; i++)
        item(cli_usage_option(line, &cli_program.options[i]), cli_program.options[i].help);
    cli_print(".SH COMMANDS\n");
    commands(&cli_program);
    facts("ENVIRONMENT", cli_environment);
    facts("EXIT STATUS", cli_exit_codes);
    cli_print(".SH EXAMPLES\n");
    item("axl bench peak --threads 1", "the limits of one core");
    item("axl bench gemm --json >gemm.json", "all figures for a script");
    item("axl suggest --ram 16G --minutes 10", "what fits this machine and the time");
    item("AXL_CPU=avx2 axl bench gemm", "as on a processor without AVX-512");
}
