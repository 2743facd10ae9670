/* Generated code includes this; what it needs of frames is in Python.h. */
#include "Python.h"
