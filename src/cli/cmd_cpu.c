#include "cli/cli_json.h"
#include "cli/cli_output.h"
#include "cli/cli_setup.h"

static void print_json(const axl_cpu_info *cpu, const setup *s, size_t threads) {
    json j = {0};
    json_open(&j, NULL);
    json_text(&j, "processor", cpu->processor);
    json_size(&j, "threads", threads);
    if (cpu->memory_available == UINT64_MAX)
        json_positive(&j, "memory_available", 0);
    else
        json_size(&j, "memory_available", cpu->memory_available);
    json_text(&j, "level", s->level);
    json_text(&j, "level_from", s->level_from);
    json_text(&j, "best", cpu->best);
    json_flat_object(&j, "features");
    for (size_t i = 0; i < cpu->feature_count; i++)
        json_bool(&j, cpu->features[i].name, cpu->features[i].usable);
    json_end(&j);
    json_open_list(&j, "levels");
    for (size_t i = 0; i < cpu->level_count; i++) {
        json_flat_object(&j, NULL);
        json_text(&j, "name", cpu->levels[i].name);
        json_bool(&j, "runs", cpu->levels[i].runs);
        json_text(&j, "needs", cpu->levels[i].needs);
        json_end(&j);
    }
    json_end(&j);
    json_end(&j);
}

static void print_table(const axl_cpu_info *cpu, const setup *s, size_t threads) {
    cli_print("processor  %s\n", cpu->processor);
    cli_print("threads    %zu\n", threads);
    if (cpu->memory_available != UINT64_MAX)
        cli_print("memory     %.0f MiB available\n", (double)cpu->memory_available / 1048576);
    cli_print("features  ");
    bool any = false;
    for (size_t i = 0; i < cpu->feature_count; i++) {
        if (!cpu->features[i].usable) continue;
        cli_print(" %s", cpu->features[i].name);
        any = true;
    }
    cli_print("%s\n", any ? "" : " none");
    cli_print("level      %s (%s)\n\n", s->level, s->level_from);
    cli_print_bold("%-11s  %-5s  %s\n", "LEVEL", "RUNS", "NEEDS");
    for (size_t i = 0; i < cpu->level_count; i++)
        cli_print("%-11s  %-5s  %s\n", cpu->levels[i].name, cpu->levels[i].runs ? "yes" : "no",
                  cpu->levels[i].needs);
}

int cmd_cpu(const arguments *args) {
    setup s;
    int code = cli_setup_begin(&s, args);
    if (code) return code;
    axl_cpu_info cpu;
    axl_cpu_detect(&cpu);
    size_t threads = args->threads ? args->threads : cpu.threads;
    if (args->json)
        print_json(&cpu, &s, threads);
    else
        print_table(&cpu, &s, threads);
    return 0;
}
