"""The process that loads one vendor's PKCS#11 module. The only place that speaks to one."""
