/* ----------------------------------------------------------------------------
 * list: the one doubly linked list, intrusive: what is listed has a link in it.
 *
 * The links form a circle, and the list is a pointer to the first of them: a
 * zeroed list is empty, the last link is the first one's predecessor, and a
 * list takes one word. A link's own words mean nothing while it is in no list.
 * ------------------------------------------------------------------------- */
#ifndef BA_LIST_H
#define BA_LIST_H

#include <stddef.h>

typedef struct ba_link {
  struct ba_link *next;
  struct ba_link *prev;
} ba_link_t;

typedef struct ba_list {
  ba_link_t *first;
} ba_list_t;

/* What holds the link, which may be NULL if it is its first member. */
#define BA_HOLDER(link, type, member) \
  ((type *)(void *)((char *)(link)-offsetof(type, member)))

static inline void ba_list_push(ba_list_t *list, ba_link_t *link) {
  ba_link_t *next = list->first == NULL ? link : list->first;
  ba_link_t *prev = list->first == NULL ? link : next->prev;
  link->next = next;
  link->prev = prev;
  prev->next = link;
  next->prev = link;
  list->first = link;
}

static inline ba_link_t *ba_list_last(const ba_list_t *list) {
  return list->first == NULL ? NULL : list->first->prev;
}

/* NULL after the last. */
static inline ba_link_t *ba_list_next(const ba_list_t *list,
                                      const ba_link_t *link) {
  return link->next == list->first ? NULL : link->next;
}

static inline void ba_list_remove(ba_list_t *list, ba_link_t *link) {
  link->next->prev = link->prev;
  link->prev->next = link->next;
  if (list->first == link) list->first = ba_list_next(list, link);
}

/* NULL before the first. */
static inline ba_link_t *ba_list_prev(const ba_list_t *list,
                                      const ba_link_t *link) {
  return link == list->first ? NULL : link->prev;
}

/* Removes the first link and returns it; NULL if there is none. */
static inline ba_link_t *ba_list_pop(ba_list_t *list) {
  ba_link_t *first = list->first;
  if (first != NULL) ba_list_remove(list, first);
  return first;
}

#endif
