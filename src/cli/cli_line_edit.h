// Editing a line, as a state that bytes from a keyboard change and that can be drawn; it reads and
// writes nothing itself. Keys are those of other programs that edit lines:
//
//   left right, Ctrl-B Ctrl-F      a character         Home End, Ctrl-A Ctrl-E   the line's ends
//   Alt-B Alt-F, Ctrl-left -right  a word              up down, Ctrl-P Ctrl-N    earlier lines
//   Backspace, Delete, Ctrl-D      remove a character  Ctrl-W                    a word before
//   Ctrl-U Ctrl-K                  all before, behind  Ctrl-Y                    put it back
//   Ctrl-C                         drop the line       Ctrl-D alone              leave
//
// What is pasted may have several lines; they stay in the line that is edited.
#ifndef CLI_LINE_EDIT_H
#define CLI_LINE_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#define LINE_EDIT_MAX ((size_t)16384)     // bytes of a line; more are not taken
#define LINE_EDIT_HISTORY ((size_t)65536) // bytes of earlier lines

// One line. Whole characters of UTF-8 only.
typedef struct edit_text {
    char bytes[LINE_EDIT_MAX + 1]; // room for a terminator
    size_t size;
} edit_text;

// {0} is an empty line without history. Read line and at.
typedef struct line_edit {
    edit_text line;
    size_t at;     // bytes before the cursor; between characters
    size_t left;   // columns that are out of sight on the left: the view follows the cursor
    edit_text cut; // what Ctrl-Y puts back
    char key[32];  // bytes of a key that is not complete
    size_t key_size;
    bool pasting;
    char history[LINE_EDIT_HISTORY]; // lines, each terminated, the oldest first
    size_t history_size;
    size_t lines;     // of the history
    size_t shown;     // the line of the history that is edited; lines: the new one
    edit_text newest; // the new one, while another is shown
} line_edit;

typedef enum line_event {
    LINE_GOES_ON,
    LINE_DONE,    // the line is complete
    LINE_DROPPED, // Ctrl-C
    LINE_END      // Ctrl-D on an empty line
} line_event;

line_event line_edit_byte(line_edit *e, unsigned char byte);

// An empty line. A complete one is remembered, unless it is empty or the one before.
void line_edit_begin(line_edit *e, bool remember);

// Draws prompt and line into out as a terminal of that many columns needs it: back to the start of
// the row, the visible part of the line, and the cursor to its place. prompt is ASCII, its escape
// sequences not counted: prompt_columns says what it takes. Terminated; out has room for
// LINE_EDIT_DRAWN bytes.
#define LINE_EDIT_DRAWN (8 * LINE_EDIT_MAX)
typedef struct line_prompt {
    const char *text;
    size_t columns;
} line_prompt;
void line_edit_draw(line_edit *e, const line_prompt *prompt, size_t columns, char *out);

#endif
