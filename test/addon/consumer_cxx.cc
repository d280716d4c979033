/* consumer.c as C++. */
#include "consumer.c"
