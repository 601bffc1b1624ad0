// Secure: a function with a weakness of a known kind, or without one, and which, where, and the
// line that does the same without it.
//
// The weaknesses are put in: real source has too few of them. So that the statement that was put in
// does not give the answer away, as many functions get the harmless one, and as many again nothing.
// Held-out projects also get forms that training never has; their kind says so.
#include "base/strings.h"
#include "tasks/task_unit.h"

#include <string.h>

#define HEAD_BYTES 160 // of the words around the function and of what is put in
#define LINE_MAX 128

// % stands for a variable of the function.
typedef struct weakness {
    const char *cwe, *bad, *good;
    bool unseen; // in held-out projects only
} weakness;

static const weakness weaknesses[] = {
    {"CWE-78", "subprocess.call('ls ' + %, shell=True)", "subprocess.call(['ls', %])", false},
    {"CWE-78", "os.system('rm -r ' + %)", "subprocess.run(['rm', '-r', %], check=True)", false},
    {"CWE-78", "out = os.popen('cat ' + %).read()",
     "out = subprocess.check_output(['cat', %], text=True)", false},
    {"CWE-78", "subprocess.Popen(f'ping {%}', shell=True)", "subprocess.Popen(['ping', %])", true},
    {"CWE-89", "cursor.execute('SELECT * FROM users WHERE name = \"%s\"' % %)",
     "cursor.execute('SELECT * FROM users WHERE name = ?', (%,))", false},
    {"CWE-89", "db.execute('DELETE FROM items WHERE id = ' + str(%))",
     "db.execute('DELETE FROM items WHERE id = ?', (%,))", false},
    {"CWE-89", "rows = conn.execute(f'SELECT id FROM t WHERE key = {%}')",
     "rows = conn.execute('SELECT id FROM t WHERE key = ?', (%,))", false},
    {"CWE-89", "cur.execute('UPDATE t SET v = {}'.format(%))",
     "cur.execute('UPDATE t SET v = ?', (%,))", true},
    {"CWE-502", "data = pickle.loads(%)", "data = json.loads(%)", false},
    {"CWE-502", "config = yaml.load(%)", "config = yaml.safe_load(%)", false},
    {"CWE-502", "state = marshal.loads(%)", "state = json.loads(%)", true},
    {"CWE-327", "digest = hashlib.md5(%).hexdigest()", "digest = hashlib.sha256(%).hexdigest()",
     false},
    {"CWE-327", "h = hashlib.new('sha1', %)", "h = hashlib.new('sha256', %)", false},
    {"CWE-327", "sign = hmac.new(%, digestmod='md5')", "sign = hmac.new(%, digestmod='sha256')",
     true},
    {"CWE-330", "token = random.randint(0, 999999)", "token = secrets.randbelow(1000000)", false},
    {"CWE-330", "key = random.getrandbits(128)", "key = secrets.randbits(128)", false},
    {"CWE-330", "session = random.choice(%)", "session = secrets.choice(%)", true},
    {"CWE-22", "handle = open(os.path.join(root, %))",
     "handle = open(os.path.join(root, os.path.basename(%)))", false},
    {"CWE-22", "archive.extractall(%)", "archive.extractall(%, filter='data')", false},
    {"CWE-22", "text = open('/srv/files/' + %).read()",
     "text = open('/srv/files/' + os.path.basename(%)).read()", true},
    {"CWE-295", "r = requests.get(%, verify=False)", "r = requests.get(%)", false},
    {"CWE-295", "context = ssl._create_unverified_context()",
     "context = ssl.create_default_context()", false},
    {"CWE-295", "context.verify_mode = ssl.CERT_NONE", "context.verify_mode = ssl.CERT_REQUIRED",
     true},
    {"CWE-377", "path = tempfile.mktemp()", "handle, path = tempfile.mkstemp()", false},
    {"CWE-377", "path = os.tempnam()", "handle, path = tempfile.mkstemp()", true},
    {"CWE-94", "value = eval(%)", "value = ast.literal_eval(%)", false},
    {"CWE-94", "exec(%)", "value = ast.literal_eval(%)", true},
    {"CWE-798", "password = 'hunter2'", "password = os.environ['PASSWORD']", false},
    {"CWE-798", "api_key = 'k3y-0f-7he-4pi'", "api_key = os.environ['API_KEY']", false},
    {"CWE-798", "secret = b'do not tell'", "secret = os.environb[b'SECRET']", true},
    {"CWE-732", "os.chmod(%, 0o777)", "os.chmod(%, 0o600)", false},
    {"CWE-732", "os.umask(0)", "os.umask(0o077)", true},
};
#define WEAKNESSES (sizeof weaknesses / sizeof *weaknesses)

// A function that has any of this by itself is none that we know anything about.
static bool is_suspect(python_span code) {
    static const char *const signs[] = {"subprocess", "os.system", "popen",  "execute(", "pickle",
                                        "yaml",       "marshal",   "md5",    "sha1",     "random",
                                        "open(",      "extract",   "verify", "ssl",      "mktemp",
                                        "tempnam",    "eval(",     "exec(",  "password", "secret",
                                        "api_key",    "chmod",     "umask",  "token",    "shell"};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        const size_t bytes = strlen(signs[i]);
        for (size_t k = 0; k + bytes <= code.bytes; k++)
            if (memcmp(code.text + k, signs[i], bytes) == 0) return true;
    }
    return false;
}

// The form with the variable in the place of its last %: an earlier one is of a text.
static bool fill_in(char out[LINE_MAX], const char *form, python_span name) {
    bool cut = false;
    const char *slot = strrchr(form, '%');
    if (slot)
        string_format(out, LINE_MAX, &cut, "%.*s%.*s%s", (int)(slot - form), form, (int)name.bytes,
                      name.text, slot + 1);
    else
        string_copy(out, LINE_MAX, form);
    return !cut;
}

typedef struct injection {
    char bad[LINE_MAX], good[LINE_MAX];
    size_t at; // of the text, the start of a line
    python_span blanks;
} injection;

// A statement of the function's own body, not its docstring, that begins a line.
static bool choose_line(task_file *f, const task_unit *u, injection *out) {
    const python_tree *t = &u->tree;
    uint64_t seen = 0;
    const size_t parts = python_parts(t, u->def.body);
    for (size_t i = 0; i < parts; i++) {
        const uint32_t n = python_part(t, u->def.body, i);
        const size_t indent = python_indent(t, n);
        if (n == u->def.docstring || indent == SIZE_MAX || task_roll(&f->dice, ++seen)) continue;
        out->at = t->node[n].begin - indent;
        out->blanks = (python_span){t->text + out->at, indent};
    }
    return seen > 0;
}

static bool choose(task_file *f, const task_unit *u, const weakness **w, injection *out) {
    uint32_t name[8];
    size_t names = python_parameter_names(&u->tree, u->def.parameters, name, 8);
    if (names > 0 && python_reads(&u->tree, name[0], "self")) {
        name[0] = name[names - 1];
        names--;
    }
    if (names == 0 || !choose_line(f, u, out)) return false;
    const python_span variable = python_span_of(&u->tree, name[task_roll(&f->dice, names)]);
    do *w = &weaknesses[task_roll(&f->dice, WEAKNESSES)];
    while ((*w)->unseen && !f->held);
    return fill_in(out->bad, (*w)->bad, variable) && fill_in(out->good, (*w)->good, variable);
}

static void put_code(buf *to, const task_unit *u, const injection *in, const char *statement) {
    const python_span text = task_span(&u->text);
    buf_append(to, text.text, in->at);
    if (statement) {
        task_put(to, in->blanks);
        buf_text(to, statement);
        buf_text(to, "\n");
    }
    buf_append(to, text.text + in->at, text.bytes - in->at);
}

static axl_status visit(void *ctx, task_file *f, const task_unit *u, axl_error *err) {
    (void)ctx;
    (void)err;
    const weakness *w;
    injection in = {.at = 0};
    if (is_suspect(task_span(&u->text)) || !choose(f, u, &w, &in)) return AXL_OK;
    const uint64_t roll = task_roll(&f->dice, 4); // 0, 1: weak; 2: harmless; 3: as it is
    char kind[TASK_KIND_MAX];
    string_format(kind, sizeof kind, NULL, "%s%s",
                  roll < 2    ? w->cwe
                  : roll == 2 ? "harmless"
                              : "ok",
                  w->unseen && roll < 3 ? "_unseen" : "");
    buf code = {0};
    put_code(&code, u, &in, roll < 2 ? in.bad : roll == 2 ? in.good : NULL);
    if (task_valid(f, &code)) {
        buf *to = &f->pairs.text;
        task_begin(&f->pairs, kind, u->line);
        buf_text(to, "Code:\n");
        task_put(to, task_span(&code));
        buf_text(to, "Review:");
        task_answer(&f->pairs);
        if (roll < 2) {
            buf_format(to, " %s line %u\n", w->cwe,
                       (unsigned)task_line_of(task_span(&u->text), in.at));
            task_put(to, in.blanks);
            buf_format(to, "%s\n", in.good);
        } else {
            buf_text(to, " OK\n");
        }
        task_done(&f->pairs);
    }
    if (!buf_ok(&code)) f->pairs.failed = true;
    buf_free(&code);
    return AXL_OK;
}

axl_status task_make_secure(task_file *f, axl_error *err) {
    return task_each_unit(f, f->pairs.longest - HEAD_BYTES, visit, NULL, err);
}
