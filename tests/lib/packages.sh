# Debian packages on demand. Source it; needs nothing but a POSIX shell, dpkg and apt.
#
#   need_packages NAME…         each is a package, or command:package where a command of that name is enough

package_build="cmake:cmake ninja:ninja-build gcc:gcc pkg-config:pkg-config libc6-dev libyaml-dev liblua5.4-dev
    libcurl4-openssl-dev libjansson-dev libuv1-dev libsqlite3-dev libsodium-dev nettle-dev libical-dev"
# kubernetes-client cannot be installed beside a kubectl from elsewhere, so that one is enough.
package_live="kubectl:kubernetes-client python3:python3 script:bsdutils logger:bsdutils"

package_is_there() {
    case $1 in
    *:*) command -v "${1%%:*}" >/dev/null 2>&1 ;;
    *) [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ;;
    esac
}

need_packages() {
    package_missing=
    for package in "$@"; do
        package_is_there "$package" || package_missing="$package_missing ${package#*:}"
    done
    [ -n "$package_missing" ] || return 0
    package_root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || {
            echo "These packages are missing, and there is no sudo. As root: apt-get install$package_missing" >&2
            return 1
        }
        package_root=sudo
    fi
    echo "Installing:$package_missing" >&2
    $package_root apt-get -q update >&2 &&
        $package_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $package_missing >&2
}
