/* kinds: every kind of step this program knows, core/'s and step/'s. */
#ifndef DRIVE_KINDS_H
#define DRIVE_KINDS_H

#include "model/kind.h"

kind_list all_kinds(void);

#endif
