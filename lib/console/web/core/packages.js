/** The packages that the pages are made with. Their types are left out: they bring those of a whole browser. */
// @ts-types="./packages.d.ts"
export { h, render } from "preact";
// @ts-types="./packages.d.ts"
export { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
// @ts-types="./packages.d.ts"
export { default as htm } from "htm";
// @ts-types="./packages.d.ts"
export { default as loadUPlot } from "uplot";
