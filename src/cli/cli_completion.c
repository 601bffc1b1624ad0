// Completion for bash.
#include "cli/cli_output.h"
#include "cli/cli_usage.h"

#include <axl/axl.h>

#include <stdio.h>
#include <string.h>

typedef void visit_fn(const command *c);

static void visit(const command *c, visit_fn *fn) {
    fn(c);
    for (size_t i = 0; i < c->command_count; i++) visit(&c->commands[i], fn);
}

// One case that moves on to a command below the program.
static void print_step(const command *c) {
    char path[CLI_PATH_MAX];
    if (c->parent) cli_print("        '%s') path='%s' ;;\n", cli_command_path(path, c), path);
}

// Returns the gap for what follows.
static const char *print_presets(const char *gap) {
    for (size_t i = 0; i < axl_model_preset_count(); i++, gap = " ") {
        axl_model_preset m;
        if (axl_model_preset_at(i, &m, NULL) == AXL_OK) cli_print("%s%s", gap, m.name);
    }
    return gap;
}

// One case that lists what may follow a command.
static void print_words(const command *c) {
    char path[CLI_PATH_MAX];
    const char *gap = "";
    cli_print("    '%s') words='", cli_command_path(path, c));
    // Behind "help" come the commands of the program.
    const command *from = c->words && strcmp(c->name, "help") == 0 ? &cli_program : c;
    for (size_t i = 0; i < from->command_count; i++, gap = " ")
        cli_print("%s%s", gap, from->commands[i].name);
    if (strcmp(c->name, "models") == 0) gap = print_presets(gap);
    for (size_t i = 0; i < c->option_count; i++, gap = " ")
        cli_print("%s--%s", gap, c->options[i].name);
    cli_print("' ;;\n");
}

void cli_completion_print(void) {
    axl_cpu_info cpu;
    axl_cpu_detect(&cpu);
    cli_print(
        "# Completion of axl for bash, made by: axl help --completion bash\n"
        "_axl() {\n"
        "    local current=${COMP_WORDS[COMP_CWORD]} path=axl words= i\n"
        "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
        "        case \"$path ${COMP_WORDS[i]}\" in\n");
    visit(&cli_program, print_step);
    cli_print(
        "        esac\n"
        "    done\n"
        "    case $path in\n");
    visit(&cli_program, print_words);
    cli_print(
        "    esac\n"
        "    case ${COMP_WORDS[COMP_CWORD - 1]} in\n"
        "    --cpu) words='");
    for (size_t i = 0; i < cpu.level_count; i++)
        cli_print("%s%s", i ? " " : "", cpu.levels[i].name);
    cli_print(
        "' ;;\n"
        "    --preset) words='");
    print_presets("");
    cli_print(
        "' ;;\n"
        "    --dtype) words='f32 bf16' ;;\n"
        "    --peer) words=torch ;;\n"
        "    --threads | -t | --ram | --limit | --minutes | --batch | --length | --seconds | "
        "--set) "
        "words= ;;\n"
        "    --data | --out | -o | --file | -f) COMPREPLY=($(compgen -f -- \"$current\")) && "
        "return ;;\n"
        "    --completion) words=bash ;;\n"
        "    esac\n"
        "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
        "}\n"
        "complete -F _axl axl\n");
}
