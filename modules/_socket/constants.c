/* The numbers of the module _socket. */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netdb.h>
#include <net/if.h>
#include <linux/netlink.h>
#include <linux/if_packet.h>
#include <linux/tipc.h>
#include <linux/can.h>
#include <linux/can/raw.h>
#include <linux/can/bcm.h>
#include <linux/can/isotp.h>
#include <linux/can/j1939.h>
#include <linux/rds.h>
#include <linux/vm_sockets.h>
#include <linux/sockios.h>
#include <linux/if_alg.h>
#include <linux/qrtr.h>
#include <sys/ioctl.h>

#include "modules/_socket/socket.h"

bool socket_add_constants(Thread *t, Value mod)
{
    static const IntConstant constants[] = {
#define SC(name) {#name, (int64_t)name},
#define SK(name, value) {#name, value},
#include "modules/_socket/constants.inc"
#undef SC
#undef SK
    };
    return module_add_ints(t, mod, constants, ARRAY_SIZE(constants));
}
