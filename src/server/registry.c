#include "server/registry.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "infer/engine_facts.h"
#include "infer/infill.h"
#include "os/thread.h"

#include <string.h>

// What stays where it is while the list of facts grows.
typedef struct known_model {
    engine_facts facts;
    char name[MODEL_NAME_MAX + 1];
    char *path; // owned
    engine e;   // closed unless loaded; the scheduler's
    // With the lock of the registry:
    bool loaded, hashed;
    char digest[SHA256_HEX_MAX]; // once hashed; "" where the file could not be read
} known_model;

typedef struct hash_waiter {
    registry_done *done;
    void *ctx;
    struct hash_waiter *next;
} hash_waiter;

// Number i of known is number i of facts.
struct registry {
    catalog catalog;
    model_facts *facts; // [catalog.count]; owned
    known_model **known;
    os_mutex lock;
    // With the lock:
    hash_waiter *waiters; // owned, the newest first
    bool hashing;         // the thread will look at the waiters again
    bool started;         // there is a thread to join
    bool leaving;
    os_thread thread;
};

// ---- life ---------------------------------------------------------------------------------------

axl_status registry_create(registry **out, axl_error *err) {
    *out = NULL;
    registry *r = mem_zalloc(sizeof *r);
    if (!r) return error_no_memory(err, "models", sizeof *r);
    const axl_status status = os_mutex_init(&r->lock, err);
    if (status != AXL_OK) {
        mem_free(r);
        return status;
    }
    r->catalog.limits = request_limits_standard;
    *out = r;
    return AXL_OK;
}

static void free_known(known_model *m) {
    if (!m) return;
    if (m->loaded) engine_close(&m->e);
    mem_free(m->path);
    mem_free(m);
}

void registry_free(registry *r) {
    if (!r) return;
    os_mutex_lock(&r->lock);
    r->leaving = true;
    os_mutex_unlock(&r->lock);
    if (r->started) os_thread_join(&r->thread);
    for (size_t i = 0; i < r->catalog.count; i++) free_known(r->known[i]);
    mem_free(r->facts);
    mem_free(r->known);
    os_mutex_free(&r->lock);
    mem_free(r);
}

// ---- names --------------------------------------------------------------------------------------

static bool is_name(const char *name) {
    const size_t size = strlen(name);
    for (size_t i = 0; i < size; i++) {
        const char c = name[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && !strchr("._-", c)) return false;
    }
    return size > 0 && size <= MODEL_NAME_MAX && name[0] != '.';
}

// The last part of a path, without slashes behind it and without the ending of a model's file. A
// longer one than any name may be is cut, and then is none.
static void name_of_path(char out[MODEL_NAME_MAX + 2], const char *path) {
    static const char *const endings[] = {".gguf", ".safetensors", ".pt"};
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/') end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/') start--;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const size_t size = strlen(endings[i]);
        if (end - start > size && memcmp(path + end - size, endings[i], size) == 0) end -= size;
    }
    string_format(out, MODEL_NAME_MAX + 2, NULL, "%.*s", (int)(end - start), path + start);
}

static axl_status find_name(const registry *r, known_model *m, const char *path, const char *name,
                            axl_error *err) {
    char part[MODEL_NAME_MAX + 2];
    if (!name) {
        name_of_path(part, path);
        RETURN_IF(!is_name(part), err, AXL_BAD_ARGUMENT,
                  "'%s' is no name for a model: give it one of letters, digits, '.', '_' and '-'",
                  part);
        name = part;
    }
    RETURN_IF(
        !is_name(name), err, AXL_BAD_ARGUMENT,
        "'%s' is no name for a model: 1 to %zu letters, digits, '.', '_' and '-', no '.' first",
        name, MODEL_NAME_MAX);
    for (size_t i = 0; i < r->catalog.count; i++)
        RETURN_IF(strcmp(r->facts[i].name, name) == 0, err, AXL_BAD_ARGUMENT,
                  "two models with the name '%s': %s and %s", name, r->facts[i].path, path);
    string_copy(m->name, sizeof m->name, name);
    return AXL_OK;
}

// ---- facts --------------------------------------------------------------------------------------

static model_facts facts_of(const known_model *m) {
    const engine_facts *f = &m->facts;
    return (model_facts){.name = m->name,
                         .path = m->path,
                         .quantization = f->quantization,
                         .digest = "",
                         .settings = &f->settings,
                         .vocab = f->config.vocab_size,
                         .context = f->config.max_seq_len,
                         .channels = f->config.d_model,
                         .infill = f->config.vocab_size >= INFILL_VOCAB,
                         .params = f->params,
                         .file_bytes = f->file_bytes,
                         .modified = f->modified};
}

static axl_status describe(const registry *r, known_model *m, const char *path, const char *name,
                           axl_error *err) {
    const size_t bytes = strlen(path) + 1;
    m->path = mem_alloc(bytes);
    if (!m->path) return error_no_memory(err, path, bytes);
    memcpy(m->path, path, bytes);
    FORWARD(find_name(r, m, path, name, err));
    return engine_facts_read(&m->facts, path, err);
}

static axl_status append(registry *r, known_model *m, axl_error *err) {
    const size_t count = r->catalog.count + 1;
    model_facts *facts = mem_resize_array(r->facts, count, sizeof *facts);
    if (facts) r->catalog.list = r->facts = facts;
    known_model **known = mem_resize_array(r->known, count, sizeof *known);
    if (known) r->known = known;
    if (!facts || !known) return error_no_memory(err, "models", count * sizeof *facts);
    r->facts[count - 1] = facts_of(m);
    r->known[count - 1] = m;
    r->catalog.count = count;
    return AXL_OK;
}

axl_status registry_add(registry *r, const char *path, const char *name, axl_error *err) {
    RETURN_IF(!path || *path == '\0', err, AXL_BAD_ARGUMENT, "no path of a model");
    known_model *m = mem_zalloc(sizeof *m);
    if (!m) return error_no_memory(err, path, sizeof *m);
    axl_status status = describe(r, m, path, name, err);
    if (status == AXL_OK) status = append(r, m, err);
    if (status != AXL_OK) free_known(m);
    return status;
}

catalog *registry_catalog(registry *r) {
    return &r->catalog;
}

void registry_facts(registry *r, model_facts *list) {
    os_mutex_lock(&r->lock);
    for (size_t i = 0; i < r->catalog.count; i++) {
        const known_model *m = r->known[i];
        list[i] = r->facts[i];
        if (m->hashed) list[i].digest = m->digest;
        // Weights are used where they lie in the file.
        if (m->loaded) list[i].loaded_bytes = m->facts.file_bytes;
    }
    os_mutex_unlock(&r->lock);
}

// ---- digests ------------------------------------------------------------------------------------

// A model without a digest, or NULL. With the lock.
static known_model *unhashed(const registry *r) {
    for (size_t i = 0; i < r->catalog.count; i++)
        if (!r->known[i]->hashed) return r->known[i];
    return NULL;
}

static void call_waiters(hash_waiter *list) {
    while (list) {
        hash_waiter *next = list->next;
        list->done(list->ctx);
        mem_free(list);
        list = next;
    }
}

static void hash_models(void *ctx) {
    registry *r = ctx;
    os_mutex_lock(&r->lock);
    for (known_model *m; !r->leaving && (m = unhashed(r)) != NULL;) {
        char digest[SHA256_HEX_MAX] = "";
        os_mutex_unlock(&r->lock);
        (void)engine_digest(m->path, digest,
                            NULL); // without one, the model is only not named by it
        os_mutex_lock(&r->lock);
        memcpy(m->digest, digest, sizeof digest);
        m->hashed = true;
    }
    hash_waiter *waiters = r->waiters;
    r->waiters = NULL;
    r->hashing = false;
    os_mutex_unlock(&r->lock);
    call_waiters(waiters);
}

// With the lock. Digests are missing, so a thread that was there before has ended for good.
static bool wait_for_hashes(registry *r, hash_waiter *w) {
    if (!r->hashing) {
        if (os_thread_start(&r->thread, hash_models, r, NULL) != AXL_OK) return false;
        r->hashing = r->started = true;
    }
    w->next = r->waiters;
    r->waiters = w;
    return true;
}

bool registry_hash(registry *r, registry_done *done, void *ctx) {
    hash_waiter *w = mem_alloc(sizeof *w);
    if (!w) return false;
    *w = (hash_waiter){.done = done, .ctx = ctx};
    os_mutex_lock(&r->lock);
    const bool known = !unhashed(r);
    const bool ok = known || wait_for_hashes(r, w);
    os_mutex_unlock(&r->lock);
    if (known) done(ctx);
    if (known || !ok) mem_free(w);
    return ok;
}

// ---- engines ------------------------------------------------------------------------------------

static known_model *known_of(const registry *r, const model_facts *m) {
    return r->known[m - r->facts];
}

static void set_loaded(registry *r, known_model *m, bool loaded) {
    os_mutex_lock(&r->lock);
    m->loaded = loaded;
    os_mutex_unlock(&r->lock);
}

axl_status registry_load(registry *r, const model_facts *m, const registry_machine *machine,
                         const engine **out, axl_error *err) {
    known_model *known = known_of(r, m);
    if (!known->loaded) {
        FORWARD(engine_open(&known->e, known->path, machine->k, machine->p, err));
        // The facts were read before: a file that was replaced since is another model.
        const model_config *now = &known->e.model.table.config, *then = &known->facts.config;
        if (memcmp(now, then, sizeof *now) != 0) {
            engine_close(&known->e);
            return error_set(err, AXL_BAD_FILE, "%s was replaced by a model of another shape",
                             known->path);
        }
        set_loaded(r, known, true);
    }
    *out = &known->e;
    return AXL_OK;
}

void registry_unload(registry *r, const model_facts *m) {
    known_model *known = known_of(r, m);
    if (!known->loaded) return;
    set_loaded(r, known, false);
    engine_close(&known->e);
}
