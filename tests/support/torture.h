/* SPDX-License-Identifier: MIT */
/*
 * Out-of-memory torture. A scenario makes handles, uses them and gives them all back, every call going through
 * TORTURE_TRY. It is run once for every allocation it makes, with that allocation refused: alone, and then with all
 * later ones until the refused call is tried again.
 */
#ifndef MVO_TESTS_TORTURE_H
#define MVO_TESTS_TORTURE_H

#include "support/counting_allocator.h"

#include <mvo/mvo.h>

/* Runs the scenario as said above; each run must leave no block behind. Returns the number of allocations refused
   in turn. */
size_t torture_run(void (*scenario)(counting_allocator *allocator));

/* What the running scenario has in hands, as text to be given to free(). */
typedef char *(*torture_show)(void);

/* Judges one call: see TORTURE_TRY. Returns 1 if the call has to be made again. */
int torture_judge(counting_allocator *allocator, size_t refused_before, mvo_status status, const mvo_error *error,
                  char *before, torture_show show, const char *call);

/*
 * Makes a call, which names `error` as its mvo_error. Unless an allocation was refused it must work. If one was, it
 * must answer MVO_ERROR_MEMORY, say so, and leave everything shown as it was; memory then comes back and the same call
 * must work.
 */
#define TORTURE_TRY(allocator, show, call)                                                                             \
    do {                                                                                                               \
        mvo_error error = MVO_ERROR_INIT;                                                                              \
        const size_t refused_before = (allocator)->refused;                                                            \
        char *shown_before = show();                                                                                   \
        mvo_status tried = (call);                                                                                     \
        if (torture_judge(allocator, refused_before, tried, &error, shown_before, show, #call)) {                      \
            tried = (call);                                                                                            \
            assert_int_equal(tried, MVO_OK);                                                                           \
        }                                                                                                              \
    } while (0)

/* A call that needs no memory: it must work and not ask for any. */
#define TORTURE_NEEDS_NOTHING(allocator, call)                                                                         \
    do {                                                                                                               \
        const size_t asked_before = (allocator)->asked;                                                                \
        assert_int_equal((call), MVO_OK);                                                                              \
        assert_int_equal((allocator)->asked, asked_before);                                                            \
    } while (0)

/* Appends to a text being made by a torture_show. `*text` begins as NULL. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void torture_append(char **text, const char *format, ...);

/* Appends `count` numbers to the last bit. */
void torture_append_vector(char **text, const char *name, const double *x, size_t count);

#endif
