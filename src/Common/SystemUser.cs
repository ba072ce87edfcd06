using System.Runtime.InteropServices;

namespace FineWebTorch.Common;

/// <summary>The user that this process acts as, where users have numbers: on Unix.</summary>
public static partial class SystemUser
{
    public static uint Id => EffectiveUser();

    [LibraryImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint EffectiveUser();
}
