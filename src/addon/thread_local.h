/* ----------------------------------------------------------------------------
 * thread_local: storage of one thread's own, as each compiler spells it.
 * ------------------------------------------------------------------------- */
#ifndef BA_THREAD_LOCAL_H
#define BA_THREAD_LOCAL_H

#ifdef _MSC_VER
#define BA_THREAD_LOCAL __declspec(thread)
#else
#define BA_THREAD_LOCAL _Thread_local
#endif

#endif
