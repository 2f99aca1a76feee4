#!/bin/bash
# Installs the mail software of the interop tests that is missing.
#   install.sh NAME...      NAME: aiosmtpd chromium curl openssl postfix python3 swaks
# As root on Debian or Ubuntu the packages come from apt: nothing is removed for them, nothing recommended comes along, and
# no service is started. aiosmtpd comes from PyPI into a virtual environment of its own in the cache folder, which is
# EDGEPOST_CACHE, else edgepost in XDG_CACHE_HOME or ~/.cache. One installation runs at a time; what is there is left alone.
set -euo pipefail
umask 022
aiosmtpd=1.4.6 # software.ts names it too
cache=${EDGEPOST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/edgepost}

die() {
  echo "${0##*/}: $*" >&2
  exit 1
}

[ $# -gt 0 ] || { sed -n '2,6s/^# *//p' "$0" >&2; exit 2; }

apt_get() { # refreshes the package lists when the first attempt fails
  local try=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o APT::Sandbox::User=root -o DPkg::Lock::Timeout=120)
  "${try[@]}" "$@" >&2 9>&- || { "${try[@]}" update >&2 9>&- && "${try[@]}" "$@" >&2 9>&-; }
}

apt_install() { # PACKAGE...
  local package missing=() policy=/usr/sbin/policy-rc.d made= rc=0
  for package; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || die "installing ${missing[*]} needs root"
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy # start no service
    chmod +x $policy
    made=yes
  fi
  apt_get install --no-install-recommends --no-remove "${missing[@]}" || rc=$?
  [ -z "$made" ] || rm -f $policy
  return $rc
}

install_postfix() {
  if [ ! -x /usr/sbin/postfix ]; then
    apt_install debconf || return
    echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections || return
  fi
  apt_install postfix sasl2-bin libsasl2-modules
}

install_aiosmtpd() {
  local home=$cache/aiosmtpd-$aiosmtpd
  [ ! -e "$home/complete" ] || return 0
  python3 -m venv --clear "$home" >&2 ||
    { apt_install python3 python3-venv && python3 -m venv --clear "$home" >&2; } || return
  "$home/bin/pip" install --quiet --disable-pip-version-check "aiosmtpd==$aiosmtpd" >&2 && touch "$home/complete"
}

mkdir -p "$cache"
if command -v flock >/dev/null; then
  exec 9>"$cache/install.lock"
  flock --wait 600 9 || die "another installation holds $cache/install.lock"
fi

failed=0
for name; do
  case $name in
    aiosmtpd | postfix) job=("install_$name") ;;
    swaks) job=(apt_install swaks libnet-ssleay-perl libio-socket-ssl-perl) ;;
    chromium | curl | openssl | python3) job=(apt_install "$name") ;;
    *) die "nothing called $name can be installed" ;;
  esac
  if [ "$name" != aiosmtpd ] && ! command -v apt-get >/dev/null; then
    echo "$name can only be installed by apt-get, which is not here" >&2
    failed=1
  elif ! ("${job[@]}"); then
    failed=1
  fi
done
exit $failed
