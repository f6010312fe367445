import Hummingbird
import HummingbirdTLS
import NIOSSL
import Yams
