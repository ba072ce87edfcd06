using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FineWebTorch.Model;

/// <summary>
/// Lets libtorch's threads sleep while they wait. It brings two pools (OpenMP's and OpenBLAS's), each of which by default
/// spins for the cores that the other one needs: ten times slower on a machine with other work on it.
/// </summary>
internal static partial class ThreadWaiting
{
    // Libraries read these when they are loaded, so they are set before anything here can have loaded one.
#pragma warning disable CA2255 // A library may not run code unasked; this one must come before its first native call
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void PreferSleep()
    {
        if (!OperatingSystem.IsLinux())
            return;
        // Environment.SetEnvironmentVariable does not reach native code. What the user has set stays.
        _ = SetEnvironment("OMP_WAIT_POLICY", "PASSIVE", overwrite: 0);
        _ = SetEnvironment("OPENBLAS_THREAD_TIMEOUT", "4", overwrite: 0);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
