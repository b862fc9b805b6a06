/** The terminal's own GATT service; phones look for it in the scan response. */
export const SERVICE_UUID = 'b4d40001-61ce-480b-ba88-16d27be30641';
