// The lock on a folder: one holder at a time, gone with its process, never in the way where the
// file system has no locks.
#include "os/lock.h"

#include "os/box.h"
#include "os/machine_facts.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void one_holds_it(void **state) {
    (void)state;
    axl_error err;
    int first, second;
    assert_int_equal(os_lock_folder(&first, box.folder, &err), AXL_OK);
    assert_int_equal(os_lock_folder(&second, box.folder, &err), AXL_BUSY);
    assert_int_equal(second, -1);
    assert_non_null(strstr(err.text, "in use by another process"));
    os_lock_release(first);
    assert_int_equal(os_lock_folder(&second, box.folder, &err), AXL_OK);
    os_lock_release(second);
    os_lock_release(-1);
    assert_int_equal(scratch_count(&box, ""), 0); // it leaves nothing there
}

// Killed while it holds the lock.
static void it_ends_with_its_process(void **state) {
    (void)state;
    int ready[2], fd;
    char byte;
    assert_int_equal(pipe(ready), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const axl_status status = os_lock_folder(&fd, box.folder, NULL);
        byte = status == AXL_OK ? '1' : '0';
        if (write(ready[1], &byte, 1) != 1) _exit(1);
        for (;;) pause();
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, '1');
    assert_int_equal(os_lock_folder(&fd, box.folder, NULL), AXL_BUSY);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(os_lock_folder(&fd, box.folder, NULL), AXL_OK);
    os_lock_release(fd);
    close(ready[0]);
    close(ready[1]);
}

static void failures_are_told(void **state) {
    (void)state;
    axl_error err;
    int fd;
    const int before = scratch_free_descriptor();
    assert_int_equal(os_lock_folder(&fd, scratch_path(&box, "nowhere"), &err), AXL_NOT_FOUND);
    const char *file = scratch_path(&box, "file");
    scratch_text(file, "text");
    assert_int_equal(os_lock_folder(&fd, file, &err), AXL_NOT_FOUND);
    static const struct {
        int number;
        axl_status status;
    } cases[] = {{EIO, AXL_IO}, {ENOLCK, AXL_OK}, {EBADF, AXL_OK}, {EINTR, AXL_OK}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fault_plan plan;
        fault_plan_set(&plan, OS_CALL_LOCK, 1, false, cases[i].number);
        assert_int_equal(os_lock_folder(&fd, box.folder, &err), cases[i].status);
        fault_plan_clear();
        assert_int_equal(plan.hit, OS_CALL_LOCK);
        os_lock_release(fd);
        assert_int_equal(scratch_free_descriptor(), before);
    }
}

static void the_machine_has_a_name(void **state) {
    (void)state;
    char name[OS_SYSTEM_NAME_MAX];
    assert_ptr_equal(os_system_name(name), name);
    assert_non_null(strchr(name, ' '));
    assert_true(os_memory_installed() > (uint64_t)1 << 24);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        BOXED(one_holds_it),
        BOXED(it_ends_with_its_process),
        BOXED(failures_are_told),
        cmocka_unit_test(the_machine_has_a_name),
    };
    return cmocka_run_group_tests_name("os lock", tests, NULL, NULL);
}
