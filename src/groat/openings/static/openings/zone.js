// The time zone of this device, unless somebody has chosen one.
const field = document.querySelector("select[name=time_zone]");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const isFirst = !document.querySelector("[aria-invalid=true], .errors, .note[data-tone=bad]");

if (isFirst && zone !== "UTC" && [...field.options].some(({ value }) => value === zone)) field.value = zone;
