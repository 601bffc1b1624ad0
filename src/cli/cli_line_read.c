#include "cli/cli_line_read.h"

#include "cli/cli_interrupt.h"
#include "cli/cli_output.h"
#include "cli/cli_terminal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define PASTE_ON "\033[?2004h" // pasted text comes between marks
#define PASTE_OFF "\033[?2004l"

// Waits for input and reads it: bytes, 0 at the end or after a signal.
static size_t take(char *to, size_t size) {
    for (;;) {
        struct pollfd wait = {.fd = STDIN_FILENO, .events = POLLIN};
        // A signal ends poll, and then the program's handler has run.
        const int ready = poll(&wait, 1, -1);
        if (cli_interrupted()) return 0;
        if (ready < 0 && errno == EINTR) continue;
        const ssize_t got = read(STDIN_FILENO, to, size);
        if (got >= 0) return (size_t)got;
        if (errno != EINTR && errno != EAGAIN) return 0;
    }
}

// ---- a terminal ----

static bool raw(struct termios *before) {
    struct termios now;
    if (tcgetattr(STDIN_FILENO, before) != 0) return false;
    now = *before;
    now.c_iflag &= ~(tcflag_t)(ICRNL | IXON | ISTRIP | INLCR);
    now.c_lflag &= ~(tcflag_t)(ECHO | ICANON | IEXTEN | ISIG);
    now.c_cc[VMIN] = 1;
    now.c_cc[VTIME] = 0;
    return tcsetattr(STDIN_FILENO, TCSADRAIN, &now) == 0;
}

static bool more_waits(void) {
    int waiting = 0;
    return ioctl(STDIN_FILENO, FIONREAD, &waiting) == 0 && waiting > 0;
}

static line_event keys(line_edit *e, const line_prompt *prompt, char *drawn) {
    for (;;) {
        // What was pasted is drawn once.
        if (!more_waits()) {
            line_edit_draw(e, prompt, cli_terminal_width(), drawn);
            if (!cli_write(drawn, strlen(drawn))) return LINE_END;
        }
        char byte;
        if (take(&byte, 1) == 0) return LINE_END;
        const line_event event = line_edit_byte(e, (unsigned char)byte);
        if (event != LINE_GOES_ON) return event;
    }
}

line_event cli_line_edit(line_edit *e, const line_prompt *prompt) {
    static char drawn[LINE_EDIT_DRAWN];
    struct termios before;
    if (!raw(&before)) return LINE_END;
    cli_write(PASTE_ON, strlen(PASTE_ON));
    const line_event event = keys(e, prompt, drawn);
    if (event == LINE_DONE) { // leave the end of the line on the screen
        e->at = e->line.size;
        line_edit_draw(e, prompt, cli_terminal_width(), drawn);
        cli_write(drawn, strlen(drawn));
    }
    cli_write(PASTE_OFF "\r\n", strlen(PASTE_OFF) + 2);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
    return event;
}

// ---- anything else ----

static void append(line_source *s, const char *bytes, size_t size) {
    const size_t room = LINE_SOURCE_MAX - s->length;
    if (size > room) s->cut = true;
    const size_t part = size < room ? size : room;
    memcpy(s->line + s->length, bytes, part);
    s->length += part;
    s->line[s->length] = '\0';
}

bool cli_line_next(line_source *s) {
    s->length = 0;
    s->cut = false;
    for (;;) {
        const char *from = s->bytes + s->at;
        const char *newline = memchr(from, '\n', s->size - s->at);
        const size_t part = newline ? (size_t)(newline - from) : s->size - s->at;
        append(s, from, part);
        s->at += part;
        if (newline) {
            s->at++;
            return true;
        }
        s->at = 0;
        s->size = take(s->bytes, sizeof s->bytes);
        if (s->size == 0) return s->length > 0 && !cli_interrupted();
    }
}
