// @ts-check
/** What every panel imports to draw itself: markup, hooks and signals. */
export { html } from 'htm/preact';
export { Component, createContext, render } from 'preact';
export { useContext, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
export { batch, computed, effect, signal, useComputed, useSignal, useSignalEffect } from '@preact/signals';
