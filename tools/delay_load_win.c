/* ----------------------------------------------------------------------------
 * delay_load_win: for the prebuilt addon of Windows, what node-gyp's hook of
 * the same purpose is. Node-API's functions are those of the program that loads
 * the addon, whatever its name is; the import table says node.exe.
 * ------------------------------------------------------------------------- */
#include <windows.h>

#include <delayimp.h>
#include <string.h>

static FARPROC WINAPI find_host(unsigned event, PDelayLoadInfo info) {
  if (event != dliNotePreLoadLibrary) return NULL;
  if (_stricmp(info->szDll, "node.exe") != 0) return NULL;
  HMODULE host = GetModuleHandleA("libnode.dll");
  if (host == NULL) host = GetModuleHandleA(NULL);
  return (FARPROC)(INT_PTR)host;
}

PfnDliHook __pfnDliNotifyHook2 = find_host;
