export declare const h: unknown;
export declare const render: unknown;
export declare const useEffect: unknown;
export declare const useLayoutEffect: unknown;
export declare const useMemo: unknown;
export declare const useRef: unknown;
export declare const useState: unknown;
declare const whole: unknown;
export default whole;
