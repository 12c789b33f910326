# shellcheck shell=bash disable=SC2034,SC2154 # build.sh reads and sets these
# nginx, run as the official image runs it: in the foreground, with the configuration in
# /etc/nginx/nginx.conf.

step 'Installing nginx' install_packages nginx
version=$(inside nginx -v 2>&1 | sed 's|.*/||; s| .*||')

name=contend-nginx:$suite
# -e: any user may run it, also one who may not write to /var/log.
changes=(
    'CMD ["nginx", "-e", "stderr", "-g", "daemon off;"]'
    'EXPOSE 80'
)
message="nginx $version from Debian $suite"
