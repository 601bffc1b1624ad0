// Loading: what is mapped and what is copied, the same bits either way, and files that are cut or
// changed while they are in use. The guard is installed by a child of its own, as in
// tests/os/os_map_guard_test.c.
#include "base/error.h"
#include "infer/batch.h"
#include "infer/infer_case.h"
#include "os/map_guard.h"
#include "os/scratch.h"
#include "store/export.h"
#include "store/few_bits.h"
#include "support/failing_alloc.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYMBOLS ((size_t)40)
#define VOCAB ((size_t)258)

static scratch box;
static kernels best;
static param_table table;
static float *block;

static const char *at(const char *name) {
    return scratch_path(&box, name);
}

// Wide enough that the embedding and the vectors, which are copied, are little of it.
static int make_model(void **state) {
    (void)state;
    model_config c = config_defaults();
    c.d_model = 128, c.n_heads = 4, c.d_ff = 352, c.n_layers = 3, c.max_seq_len = 64;
    scratch_make(&box);
    best = case_kernels();
    if (params_build(&table, &c, NULL) != AXL_OK) return 1;
    block = calloc(table.numbers, sizeof *block);
    if (!block) return 1;
    params_init(&table, 7, block);
    return 0;
}

static int free_model(void **state) {
    (void)state;
    params_free(&table);
    free(block);
    scratch_remove(&box);
    return 0;
}

static void write_directory(const char *path, dtype type) {
    const model_image image = {.table = &table, .block = block, .type = type};
    axl_error err;
    case_ok(model_dir_write(path, &image, &best, &err), &err);
}

// The directory's model with blocks of a recipe, or as it is for NULL.
static void write_gguf(const char *to, const char *from, const char *recipe, bool grouped) {
    import_model m;
    axl_error err;
    few_bits few = {0};
    case_ok(import_open(&m, from, &err), &err);
    const few_bits_source source = {
        .table = &table, .block = block, .recipe = quant_recipe_find(recipe ? recipe : "", NULL)};
    if (recipe) case_ok(few_bits_make(&few, &source, &best, NULL, &err), &err);
    for (size_t i = 0; i < table.count && recipe; i++) {
        import_tensor *t = &m.tensor[i];
        const dtype type = few.list[i].type;
        t->type = (uint32_t)dtype_of(type)->gguf;
        t->row_length = few_bits_row(type, t->row->shape.dim[t->row->shape.dims - 1]);
        t->data = few.list[i].data;
        t->bytes = few.bytes[i];
    }
    m.grouped = grouped;
    case_ok(export_gguf(to, &m, &err), &err);
    few_bits_free(&few);
    import_close(&m);
}

// Logits after each of the first symbols; the same arithmetic as a session's own.
static axl_status run_text(const engine *e, float *out, axl_error *err) {
    uint16_t ids[SYMBOLS];
    stepper *s;
    cache c;
    case_ids(ids, SYMBOLS, &e->model.table.config, 3);
    const step_spec spec = {.sequences = 1, .bytes = SYMBOLS};
    FORWARD(engine_stepper(e, &s, &spec, err));
    axl_status status = engine_sequence(e, &c, err);
    if (status == AXL_OK) {
        const step_item item = {.ids = ids, .count = SYMBOLS, .wanted = SYMBOLS, .logits = out};
        status = step_feed(s, &c, &item, err);
        cache_free(&c);
    }
    step_free(s);
    return status;
}

// What is wrong in a child is the line that it hands over.
#define DEMAND(true_here)                                                                          \
    do {                                                                                           \
        if (!(true_here)) return __LINE__;                                                         \
    } while (0)

static void runs_well(int (*run)(void)) {
    int status, line = 0, to[2];
    assert_int_equal(pipe(to), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGBUS, SIG_DFL);
        line = run();
        _exit(write(to[1], &line, sizeof line) != sizeof line);
    }
    close(to[1]);
    const ssize_t got = read(to[0], &line, sizeof line);
    close(to[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) fail_msg("killed by signal %d", WTERMSIG(status));
    if (got != sizeof line || line != 0) fail_msg("line %d", line);
}

typedef struct kind {
    const char *name, *recipe; // no recipe: dense
    dtype type;
    bool grouped;
    double copied; // most of the file that is copied
} kind;

// What is copied in spite of that: vectors where they are bf16, and of few bits the embedding,
// which is looked up as f32 and stored in rows, a larger share of a narrow model than of a real
// one.
static const kind kinds[] = {
    {"f32", NULL, DTYPE_F32, false, 0.01},          {"bf16", NULL, DTYPE_BF16, false, 0.02},
    {"f32.gguf", NULL, DTYPE_F32, false, 0.01},     {"bf16.gguf", NULL, DTYPE_BF16, false, 0.02},
    {"groups.gguf", "q8_0", DTYPE_F32, true, 0.15}, {"four.gguf", "q4_k_m", DTYPE_F32, true, 0.15}};

static void write_kind(const kind *k) {
    write_directory(at("from"), k->type);
    if (strstr(k->name, ".gguf"))
        write_gguf(at(k->name), at("from"), k->recipe, k->grouped);
    else
        write_directory(at(k->name), k->type);
}

static uint64_t weights_bytes(const char *name) {
    char path[SCRATCH_PATH_MAX + 128];
    struct stat info;
    snprintf(path, sizeof path, "%s%s", at(name),
             strstr(name, ".gguf") ? "" : "/model.safetensors");
    return stat(path, &info) == 0 ? (uint64_t)info.st_size : 0;
}

// ---- what is mapped ----

static bool in_file(const engine *e, const frozen_matrix *w) {
    const import_tensor *first = &e->file.tensor[0];
    const import_tensor *last = &e->file.tensor[e->model.table.count - 1];
    const void *data = w->count > 0 ? w->parts[0].data : w->dense.data;
    return (const char *)data >= (const char *)first->data &&
           (const char *)data < (const char *)last->data + last->bytes;
}

static bool core_in_file(const engine *e, const frozen_core *c) {
    return in_file(e, &c->o) && in_file(e, &c->w13) && in_file(e, &c->w2);
}

static bool matrices_in_file(const engine *e) {
    const frozen *f = &e->frozen;
    bool all = in_file(e, &f->fuse) && in_file(e, &f->gate[1]);
    for (size_t a = 1; a < MODEL_SCALES; a++)
        all = all && in_file(e, &f->down[a]) && in_file(e, &f->up[a]);
    for (size_t i = 0; i < MODEL_SCALES * table.config.n_layers; i++)
        all = all && in_file(e, &f->blocks[i].qkv) && core_in_file(e, &f->blocks[i].core);
    for (size_t r = 0; r < table.config.n_cross; r++) {
        for (size_t i = 0; i < MODEL_SCALES; i++) all = all && in_file(e, &f->rounds[r].project[i]);
        for (size_t i = 0; i < MODEL_PAIRS; i++)
            all = all && core_in_file(e, &f->rounds[r].pair[i].core);
    }
    return all;
}

// Mapped, no matrix is copied and little else is, and the logits have the bits of a copied model.
static int maps_little(void) {
    static float copied[COUNT_OF(kinds)][SYMBOLS * VOCAB], mapped[SYMBOLS * VOCAB];
    axl_error err = {0};
    engine e;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        write_kind(&kinds[i]);
        DEMAND(engine_open(&e, at(kinds[i].name), &best, NULL, &err) == AXL_OK);
        DEMAND(!e.file.source && engine_intact(&e, &err) == AXL_OK);
        DEMAND(run_text(&e, copied[i], &err) == AXL_OK);
        engine_close(&e);
    }
    DEMAND(os_map_guard(&err) == AXL_OK);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        const size_t limit = (size_t)(kinds[i].copied * (double)weights_bytes(kinds[i].name));
        failing_alloc_install();
        DEMAND(engine_open(&e, at(kinds[i].name), &best, NULL, &err) == AXL_OK);
        DEMAND(e.file.source && matrices_in_file(&e));
        // The table and the list of tensors are needed for any model.
        const size_t tables = table.count * (sizeof(param) + sizeof(import_tensor));
        if (failing_alloc_live_bytes() > limit + 3 * tables) {
            fprintf(stderr, "%s: %zu bytes, of %zu and %zu\n", kinds[i].name,
                    failing_alloc_live_bytes(), limit, 3 * tables);
            return __LINE__;
        }
        DEMAND(run_text(&e, mapped, &err) == AXL_OK && engine_intact(&e, &err) == AXL_OK);
        DEMAND(memcmp(copied[i], mapped, sizeof mapped) == 0);
        engine_close(&e);
        failing_alloc_remove();
    }
    return 0;
}

// Groups and rows are the same model.
static int rows_and_groups_agree(void) {
    static float rows[SYMBOLS * VOCAB], groups[SYMBOLS * VOCAB];
    axl_error err = {0};
    engine e;
    write_directory(at("from"), DTYPE_F32);
    DEMAND(os_map_guard(&err) == AXL_OK);
    for (int grouped = 0; grouped < 2; grouped++) {
        write_gguf(at("x.gguf"), at("from"), "q4_k_m", grouped != 0);
        DEMAND(engine_open(&e, at("x.gguf"), &best, NULL, &err) == AXL_OK);
        DEMAND(in_file(&e, &e.frozen.fuse) == (grouped != 0));
        DEMAND(run_text(&e, grouped ? groups : rows, &err) == AXL_OK);
        DEMAND(engine_numbers(&e, &err) == AXL_BAD_ARGUMENT && strstr(err.text, "few bits"));
        engine_close(&e);
    }
    DEMAND(memcmp(rows, groups, sizeof rows) == 0);
    return 0;
}

// As f32 in one block, for windows from nothing.
static int numbers_are_read_again(void) {
    axl_error err = {0};
    engine e;
    write_directory(at("from"), DTYPE_F32);
    DEMAND(os_map_guard(&err) == AXL_OK);
    DEMAND(engine_open(&e, at("from"), &best, NULL, &err) == AXL_OK);
    DEMAND(!e.model.block && engine_numbers(&e, &err) == AXL_OK);
    DEMAND(engine_numbers(&e, &err) == AXL_OK);
    DEMAND(memcmp(e.model.block, block, table.numbers * sizeof *block) == 0);
    engine_close(&e);
    return 0;
}

// ---- files that change ----

static bool flip(const char *path, off_t place, int bit) {
    unsigned char byte = 0;
    const int fd = open(path, O_RDWR);
    bool good = fd >= 0 && pread(fd, &byte, 1, place) == 1;
    byte ^= (unsigned char)(1 << bit);
    good = good && pwrite(fd, &byte, 1, place) == 1;
    return close(fd) == 0 && good;
}

static bool make_old(const char *path) {
    const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    return utimensat(AT_FDCWD, path, times, 0) == 0;
}

// A request fails when the file is cut or written to, the process goes on, and the next engine is
// as good as the first.
static int requests_survive_changes(void) {
    axl_error err = {0};
    const uint16_t text[] = {'a', 'b', 'c', 'd', 'e'};
    DEMAND(os_map_guard(&err) == AXL_OK);
    write_directory(at("from"), DTYPE_F32);
    for (int turn = 0; turn < 100; turn++) {
        engine e;
        batch *b;
        session *s;
        if (turn < 4) write_gguf(at("x.gguf"), at("from"), turn % 2 ? "q8_0" : NULL, true);
        const off_t bytes = (off_t)weights_bytes("x.gguf");
        DEMAND(make_old(at("x.gguf")));
        DEMAND(engine_open(&e, at("x.gguf"), &best, NULL, &err) == AXL_OK);
        DEMAND(batch_create(&b, &e, 1, &err) == AXL_OK && session_create(&s, &e, &err) == AXL_OK);
        DEMAND(session_feed(s, text, COUNT_OF(text), &err) == AXL_OK);
        if (turn % 3 == 0) DEMAND(batch_run(b, &s, 1, &err) == AXL_OK && session_ready(s));
        if (turn % 3 == 0) DEMAND(session_accept(s, 'x', &err) == AXL_OK);
        if (turn % 2 == 0)
            DEMAND(truncate(at("x.gguf"), bytes * turn / 100) == 0);
        else
            DEMAND(flip(at("x.gguf"), bytes / 2, turn % 8));
        DEMAND(batch_run(b, &s, 1, &err) == AXL_BAD_FILE && strstr(err.text, "x.gguf"));
        DEMAND(batch_run(b, &s, 1, &err) == AXL_BAD_FILE);
        session_free(s);
        batch_free(b);
        engine_close(&e);
        if (turn % 2 == 0) write_gguf(at("x.gguf"), at("from"), turn % 4 ? "q8_0" : NULL, true);
    }
    return 0;
}

// In a directory each bit counts.
static int directories_are_checked(void) {
    axl_error err = {0};
    engine e;
    write_directory(at("from"), DTYPE_BF16);
    const off_t bytes = (off_t)weights_bytes("from");
    for (int guarded = 0; guarded < 2; guarded++) {
        if (guarded) DEMAND(os_map_guard(&err) == AXL_OK);
        for (int i = 1; i < 30; i++) {
            const off_t place = bytes / 30 * i + i;
            DEMAND(flip(at("from/model.safetensors"), place, i % 8));
            DEMAND(engine_open(&e, at("from"), &best, NULL, &err) == AXL_BAD_FILE);
            DEMAND(flip(at("from/model.safetensors"), place, i % 8));
        }
        DEMAND(engine_open(&e, at("from"), &best, NULL, &err) == AXL_OK);
        engine_close(&e);
    }
    return 0;
}

static axl_status open_and_close(void *ctx, axl_error *err) {
    engine e;
    FORWARD(engine_open(&e, ctx, &best, NULL, err));
    engine_close(&e);
    return AXL_OK;
}

static int memory_may_run_out(void) {
    axl_error err = {0};
    write_directory(at("from"), DTYPE_F32);
    write_gguf(at("x.gguf"), at("from"), "q8_0", true);
    for (int guarded = 0; guarded < 2; guarded++) {
        if (guarded) DEMAND(os_map_guard(&err) == AXL_OK);
        DEMAND(for_each_failing_alloc(open_and_close, (void *)(uintptr_t)at("from")) > 5);
        DEMAND(for_each_failing_alloc(open_and_close, (void *)(uintptr_t)at("x.gguf")) > 5);
    }
    return 0;
}

#define CASE(name)                                                                                 \
    static void test_##name(void **state) {                                                        \
        (void)state;                                                                               \
        runs_well(name);                                                                           \
    }
CASE(maps_little)
CASE(rows_and_groups_agree)
CASE(numbers_are_read_again)
CASE(requests_survive_changes)
CASE(directories_are_checked)
CASE(memory_may_run_out)
#undef CASE
#define CASE(name) cmocka_unit_test_setup_teardown(test_##name, make_model, free_model)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(maps_little),
        CASE(rows_and_groups_agree),
        CASE(numbers_are_read_again),
        CASE(requests_survive_changes),
        CASE(directories_are_checked),
        CASE(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
