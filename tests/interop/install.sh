#!/bin/bash
# Installs the mail software of the interop tests that is missing.
#   install.sh NAME...      NAME: see the list at the end of this file
# As root on Debian or Ubuntu the packages come from apt: nothing is removed for them, nothing recommended comes along, and
# no service is started. Mail servers that Debian lets nobody install beside Postfix are unpacked into the cache folder,
# which is EDGEPOST_CACHE, else edgepost in XDG_CACHE_HOME or ~/.cache; so are aiosmtpd from PyPI, in a virtual environment
# of its own, websockify likewise, and Haraka, workerd and puppeteer-core, by which tests drive Firefox, from npm. One
# installation runs at a time; what is there is left alone.
set -euo pipefail
umask 022
aiosmtpd=1.4.6 # software.ts names these five as well
haraka=3.3.4
websockify=0.13.0
workerd=1.20261117.1
puppeteer=24.43.1 # the last for Node 20
cache=${EDGEPOST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/edgepost}

die() {
  echo "${0##*/}: $*" >&2
  exit 1
}

[ $# -gt 0 ] || { sed -n '2,8s/^# *//p' "$0" >&2; exit 2; }

apt_get() { # refreshes the package lists when the first attempt fails
  local try=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o APT::Sandbox::User=root -o DPkg::Lock::Timeout=120)
  "${try[@]}" "$@" >&2 9>&- || { "${try[@]}" update >&2 9>&- && "${try[@]}" "$@" >&2 9>&-; }
}

is_root() { [ "$(id -u)" = 0 ] || die "installing $1 needs root"; }

apt_install() { # PACKAGE...
  local package missing=() policy=/usr/sbin/policy-rc.d made= rc=0
  for package; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  is_root "${missing[*]}"
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy # start no service
    chmod +x $policy
    made=yes
  fi
  apt_get install --no-install-recommends --no-remove "${missing[@]}" || rc=$?
  [ -z "$made" ] || rm -f $policy
  return $rc
}

apt_unpack() { # NAME PACKAGE...: the packages' files under $cache/NAME; the libraries they need are installed
  local home=$cache/$1 new=$cache/$1.new package needed
  shift
  [ ! -e "$home/complete" ] || return 0
  is_root "$1"
  rm -rf "$home" "$new"
  mkdir -p "$new/packages"
  (cd "$new/packages" && apt_get download "$@") || return
  for package in "$new"/packages/*.deb; do
    dpkg --extract "$package" "$new" || return
  done
  # "libc6 (>= 2.36), exim4-base | other, libpcre2-8-0" to "libc6 libpcre2-8-0"
  needed=$(for package in "$new"/packages/*.deb; do
    dpkg --field "$package" Depends | tr ',' '\n'
  done | sed -nE 's/^ *((lib|zlib)[^ (|:]*).*/\1/p' | sort -u)
  # shellcheck disable=SC2086 # words, not one
  apt_install $needed || return
  rm -r "$new/packages"
  find "$new" -type f -perm /6000 -exec chmod ug-s '{}' + # nobody but root runs it
  mv "$new" "$home" && touch "$home/complete"
}

system_user() { # NAME: one that a program has compiled in
  getent passwd "$1" >/dev/null || useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$1"
}

install_postfix() {
  if [ ! -x /usr/sbin/postfix ]; then
    apt_install debconf || return
    echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections || return
  fi
  apt_install postfix sasl2-bin libsasl2-modules
}

install_exim() {
  apt_unpack exim exim4-daemon-light && system_user Debian-exim
}

install_opensmtpd() {
  apt_unpack opensmtpd opensmtpd && system_user opensmtpd && system_user opensmtpq
}

install_sendmail() {
  apt_unpack sendmail sendmail-bin sendmail-base sendmail-cf && apt_install m4 libsasl2-modules sasl2-bin
}

install_dovecot() { apt_install dovecot-core dovecot-submissiond dovecot-lmtpd; }

pip_install() { # PACKAGE VERSION: into a virtual environment of its own
  local home=$cache/$1-$2
  [ ! -e "$home/complete" ] || return 0
  python3 -m venv --clear "$home" >&2 ||
    { apt_install python3 python3-venv && python3 -m venv --clear "$home" >&2; } || return
  "$home/bin/pip" install --quiet --disable-pip-version-check "$1==$2" >&2 && touch "$home/complete"
}

install_aiosmtpd() { pip_install aiosmtpd "$aiosmtpd"; }

install_websockify() { pip_install websockify "$websockify"; }

npm_install() { # PACKAGE VERSION [FLAG]...
  local home=$cache/$1-$2
  [ ! -e "$home/complete" ] || return 0
  mkdir -p "$home"
  npm install --prefix "$home" "${@:3}" --no-audit --no-fund --loglevel=error "$1@$2" >&2 9>&- && touch "$home/complete"
}

install_haraka() { npm_install haraka "$haraka" --omit=optional; }

install_workerd() { npm_install workerd "$workerd"; } # its program is an optional dependency

install_firefox() { apt_install firefox-esr && npm_install puppeteer-core "$puppeteer"; }

mkdir -p "$cache"
if command -v flock >/dev/null; then
  exec 9>"$cache/install.lock"
  flock --wait 600 9 || die "another installation holds $cache/install.lock"
fi

failed=0
for name; do
  case $name in
    aiosmtpd | dovecot | exim | firefox | haraka | opensmtpd | postfix | sendmail | websockify | workerd) job=("install_$name") ;;
    swaks) job=(apt_install swaks libnet-ssleay-perl libio-socket-ssl-perl) ;;
    chromium | curl | msmtp | openssl | python3 | s-nail | tcpdump) job=(apt_install "$name") ;;
    *) die "nothing called $name can be installed" ;;
  esac
  if [[ ! $name =~ ^(aiosmtpd|haraka|websockify|workerd)$ ]] && ! command -v apt-get >/dev/null; then
    echo "$name can only be installed by apt-get, which is not here" >&2
    failed=1
  elif ! ("${job[@]}"); then
    failed=1
  fi
done
exit $failed
