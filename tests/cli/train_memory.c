// train_memory AXL [--all]: the memory that axl train --dry-run announces against what a run has
// resident at most. --all takes 8 shapes and demands 5 %; without it 3 small ones and 10 %, as what
// the program itself takes differs between systems. A run under --max-ram must keep it.
#define _DEFAULT_SOURCE // wait4
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS 64

typedef struct shape {
    const char *name;
    const char *options; // words with single blanks between them
} shape;

#define SIZE(d, heads, ff, layers)                                                                 \
    "--set d_model=" #d " --set n_heads=" #heads " --set d_ff=" #ff                                \
    " --set n_layers_per_scale=" #layers

static const shape shapes[] = {
    {"d 64, f32, lion", SIZE(64, 2, 176, 3)},
    {"d 64, bf16, adamw", SIZE(64, 2, 176, 3) " --set batch=8 --dtype bf16 --optimizer adamw"},
    {"d 96, f32, adamw, recompute", SIZE(96, 3, 256, 3) " --optimizer adamw --set recompute=1"},
    {"d 128, f32, sgd, 512 bytes",
     SIZE(128, 4, 352, 3) " --set batch=4 --optimizer sgd --set max_seq_len=512"},
    {"d 192, bf16, lion", SIZE(192, 6, 512, 3) " --set batch=8 --dtype bf16"},
    {"d 256, f32, lion, 8 threads", "--preset micro-lion --set batch=4 --threads 8"},
    {"d 512, f32, adamw, recompute",
     SIZE(512, 8, 1376, 5) " --set batch=2 --optimizer adamw --set recompute=1"},
    {"d 512, bf16, sgd", SIZE(512, 8, 1376, 5) " --set batch=2 --dtype bf16 --optimizer sgd"},
};
#define ALL (sizeof shapes / sizeof *shapes)
#define SMALL ((size_t)3)

static const char *program;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

// Runs `axl train` with the common and the given words; stdout goes to a file where one is named.
// Bytes resident at most; a failed run ends the test.
static uint64_t run(const char *options, const char *out) {
    char text[1024];
    char *words[WORDS];
    size_t count = 0;
    snprintf(text, sizeof text,
             "axl train --data text --out model --steps 3 --set eval_bytes=16384 %s", options);
    for (char *word = strtok(text, " "); word && count < WORDS - 1; word = strtok(NULL, " "))
        words[count++] = word;
    words[count] = NULL;
    const pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
        const int to = open(out ? out : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0600);
        const int nothing = open("/dev/null", O_WRONLY);
        if (to < 0 || nothing < 0 || dup2(to, 1) < 0 || dup2(nothing, 2) < 0) _exit(1);
        execv(program, words);
        _exit(1);
    }
    struct rusage usage;
    int status;
    if (wait4(child, &status, 0, &usage) != child) fail("wait4");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "axl train %s failed\n", options);
        exit(1);
    }
    return (uint64_t)usage.ru_maxrss * 1024;
}

// "all" of the memory in the plan.
static uint64_t planned(const char *options) {
    char words[1024], text[8192];
    snprintf(words, sizeof words, "%s --dry-run --quick --json", options);
    (void)run(words, "plan.json");
    FILE *file = fopen("plan.json", "r");
    if (!file) fail("plan.json");
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    const char *memory = strstr(text, "\"memory\"");
    const char *all = memory ? strstr(memory, "\"all\": ") : NULL;
    if (!all) {
        fprintf(stderr, "no memory in the plan of %s\n", options);
        exit(1);
    }
    return strtoull(all + strlen("\"all\": "), NULL, 10);
}

static void remove_model(void) {
    if (system("rm -rf model") != 0) fail("rm");
}

static bool compare(const shape *s, double most) {
    char limited[1024];
    const uint64_t plan = planned(s->options);
    snprintf(limited, sizeof limited, "%s --max-ram %llu", s->options, (unsigned long long)plan);
    const uint64_t resident = run(limited, NULL);
    const double off = (double)plan / (double)resident - 1;
    const bool near = off <= most && off >= -most, kept = resident <= plan;
    printf("%-30s planned %8.1f MiB, resident %8.1f MiB, %+5.1f %%%s%s\n", s->name,
           (double)plan / 1048576, (double)resident / 1048576, 100 * off, near ? "" : ", too far",
           kept ? "" : ", over --max-ram");
    fflush(stdout);
    remove_model();
    return near && kept;
}

// Some 35 KB of lines in 20 files: one is held out, and evaluated at the end of a run.
static void write_text(void) {
    if (system("mkdir text") != 0) fail("mkdir");
    for (int i = 0; i < 20; i++) {
        char name[32];
        snprintf(name, sizeof name, "text/part%d.txt", i);
        FILE *file = fopen(name, "w");
        if (!file) fail(name);
        for (int line = 0; line < 60; line++)
            fprintf(file, "def f%d_%d(x): return x * %d\n", i, line, line * i);
        if (fclose(file) != 0) fail(name);
    }
}

int main(int argc, char **argv) {
    const bool all = argc == 3 && strcmp(argv[2], "--all") == 0;
    char folder[] = "/tmp/axl-train-memory-XXXXXX", rest[64];
    if (argc != (all ? 3 : 2)) {
        fprintf(stderr, "usage: train_memory AXL [--all]\n");
        return 2;
    }
    program = argv[1];
    if (!mkdtemp(folder) || chdir(folder) != 0) fail(folder);
    write_text();
    size_t faults = 0;
    for (size_t i = 0; i < (all ? ALL : SMALL); i++)
        if (!compare(&shapes[i], all ? 0.05 : 0.10)) faults++;
    snprintf(rest, sizeof rest, "rm -rf %s", folder);
    if (chdir("/") != 0 || system(rest) != 0) fail(rest);
    return faults > 0;
}
