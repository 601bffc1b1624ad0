#include "sandbox/sandbox_parts.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "os/clock.h"

#include <string.h>

#define ANSWER_MAX ((size_t)65536)
#define ANSWER_NS ((uint64_t)60 * 1000000000)

// Prints the paths that the interpreter needs, one a line: its program, the folders of its modules,
// the folders of the libraries that those bring along, and the loader that the program names.
static const char question[] =
    "import os, sys\n"
    "program = os.path.realpath(getattr(sys, '_base_executable', sys.executable))\n"
    "folders = [os.path.realpath(f) for f in sys.path if os.path.isdir(f)]\n"
    "for name in ('_bz2', '_ctypes', '_decimal', '_hashlib', '_lzma', '_sqlite3', '_ssl', "
    "'_uuid',\n"
    "             'math', 'pyexpat', 'readline', 'zlib'):\n"
    "    try:\n"
    "        __import__(name)\n"
    "    except ImportError:\n"
    "        pass\n"
    "for line in open('/proc/self/maps'):\n"
    "    path = line.split(None, 5)[5].strip() if line.count('/') else ''\n"
    "    if '.so' in path:\n"
    "        folders.append(os.path.dirname(path))\n"
    "with open(program, 'rb') as file:\n"
    "    head = file.read(4096)\n"
    "start = head.find(b'/lib')\n"
    "loader = head[start:head.find(b'\\0', start)].decode() if start > 0 else ''\n"
    "kept = []\n"
    "for folder in sorted(set(folders)):\n"
    "    if not any(folder.startswith(k + '/') for k in kept):\n"
    "        kept.append(folder)\n"
    "for path in [program] + kept + ([loader] if os.path.exists(loader) else []):\n"
    "    print(path)\n";

// The answer of the interpreter, which runs without the sandbox: it is the system's own.
static axl_status ask(const sandbox_options *o, const char *python, buf *answer, axl_error *err) {
    const char *const argv[] = {python, "-I", "-S", "-B", "-c", question, NULL};
    const char *const env[] = {NULL};
    const os_child_spec spec = {
        .argv = argv,
        .env = env,
        .gift = "",
        .limits = {.cpu_seconds = 30, .memory = (uint64_t)1 << 30, .file = 0, .open_files = 64}};
    os_child child;
    FORWARD(os_child_start(&child, &spec, err));
    buf complaint = {0};
    os_child_talk talk = {.out = answer,
                          .err = &complaint,
                          .out_max = ANSWER_MAX,
                          .err_max = ANSWER_MAX,
                          .deadline = os_clock_ns() + ANSWER_NS,
                          .stop = o->stop,
                          .stop_ctx = o->stop_ctx};
    os_child_state state = OS_CHILD_LATE;
    const axl_status status = os_child_talk_run(&child, &talk, SIZE_MAX, &state, err);
    const bool ended = status == AXL_OK && state == OS_CHILD_CLOSED;
    const int code = os_child_end(&child, !ended);
    buf_free(&complaint);
    if (status != AXL_OK) return status;
    RETURN_IF(!ended || code != 0 || answer->size == 0, err, AXL_UNSUPPORTED,
              "no sandbox: %s does not work as Python (for the user nobody, if this is root)",
              python);
    return AXL_OK;
}

// Cuts the lines apart. Every one ends with a newline.
static axl_status take_lines(interpreter *out, size_t bytes, axl_error *err) {
    for (size_t i = 0; i < bytes; i++) out->count += out->words[i] == '\n';
    out->paths = mem_zalloc_array(out->count, sizeof *out->paths);
    if (!out->paths) return error_no_memory(err, "paths", out->count * sizeof *out->paths);
    char *at = out->words;
    for (size_t i = 0; i < out->count; i++) {
        char *end = strchr(at, '\n');
        RETURN_IF(!end || *at != '/', err, AXL_UNSUPPORTED, "no sandbox: Python names no paths");
        *end = '\0';
        out->paths[i] = at;
        at = end + 1;
    }
    RETURN_IF(out->count < 2, err, AXL_UNSUPPORTED, "no sandbox: Python names no modules");
    out->program = out->paths[0];
    return AXL_OK;
}

axl_status interpreter_find(interpreter *out, const sandbox_options *o, axl_error *err) {
    *out = (interpreter){0};
    buf answer = {0};
    axl_status status = ask(o, o->python ? o->python : SANDBOX_PYTHON, &answer, err);
    size_t bytes = 0;
    if (status == AXL_OK)
        out->words = buf_take(&answer, &bytes);
    else
        buf_free(&answer);
    if (status == AXL_OK) status = take_lines(out, bytes, err);
    if (status != AXL_OK) interpreter_free(out);
    return status;
}

void interpreter_free(interpreter *i) {
    mem_free(i->words);
    mem_free((void *)(uintptr_t)i->paths);
    *i = (interpreter){0};
}
