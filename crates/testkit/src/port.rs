//! A port that stays ours while nobody listens on it.

use std::net::SocketAddr;

use tokio::net::TcpSocket;

/// A loopback port held by a socket that is bound but does not listen: others may listen on it if they allow reuse of the address, as
/// tokio and Go do; while none does, connections are refused. The kernel gives the port to nobody else meanwhile, neither to a listener nor
/// as the near end of a connection, so a server can be ended and started again on it.
#[derive(Debug)]
pub(crate) struct ReservedPort {
    _held: TcpSocket,
    address: SocketAddr,
}

impl ReservedPort {
    pub(crate) fn new() -> Self {
        let held = reusable();
        held.bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("the kernel has a free port");
        let address = held.local_addr().expect("a bound socket has an address");
        Self { _held: held, address }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// A socket that may share its address with others that allow it.
pub(crate) fn reusable() -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket can be made");
    socket.set_reuseaddr(true).expect("a socket can allow reuse");
    socket
}
