/* ----------------------------------------------------------------------------
 * clock: one timer of the event loop that belongs to no request of a program.
 *
 * It is libuv's own, unreferenced: it keeps no process alive, runs outside of
 * every asynchronous context and holds none, and no test's fake timers reach
 * it. While it stands still any thread can have it started (ba_clock_wake).
 *
 * libuv's functions are looked up when the addon is loaded; where the runtime
 * has none there is no clock.
 * ------------------------------------------------------------------------- */
#ifndef BA_CLOCK_H
#define BA_CLOCK_H

#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct ba_clock ba_clock_t;

/* Called on the loop's thread when the time has come or the clock was woken.
 * Returns in how many milliseconds to call again; 0: not before it is woken. */
typedef uint64_t (*ba_clock_tick_t)(void *data);

/* Makes the clock of an environment; it stands still. NULL where there is no
 * libuv, or no memory. It ends with the environment, its memory not before
 * ba_clock_release as well. */
ba_clock_t *ba_clock_open(napi_env env, ba_clock_tick_t tick, void *data);

/* How often the event loop has turned. False where libuv does not say. */
bool ba_clock_loop_count(napi_env env, uint64_t *out);

/* Has it tick in so many milliseconds from now, and not at another time. */
void ba_clock_start(ba_clock_t *clock, uint64_t milliseconds);

/* Has it tick soon. Any thread, at any time: one that has ended stays still. */
void ba_clock_wake(ba_clock_t *clock);

/* Has one of the process's clocks tick soon, whichever, if there is any. Any thread. */
void ba_clock_wake_any(void);

/* Lets go of it: whoever opened it, from any thread, when nobody will wake it. It
 * ends with its environment. */
void ba_clock_release(ba_clock_t *clock);

#endif
