# shellcheck shell=bash disable=SC2034,SC2154 # build.sh reads and sets these
# What the app's image is built on: Debian's smallest set of packages.

name=contend-debian:$suite
changes=('CMD ["bash"]')
message="Debian $suite"
