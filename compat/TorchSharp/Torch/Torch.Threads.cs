using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>How many threads one operator uses on the CPU.</summary>
    public static int get_num_threads()
    {
        NativeMethods.fwt_get_num_threads(out var result);
        return result;
    }

    public static void set_num_threads(int num) => NativeMethods.fwt_set_num_threads(num);

    public static int get_num_interop_threads()
    {
        NativeMethods.fwt_get_num_interop_threads(out var result);
        return result;
    }

    /// <summary>Once in a process, before anything runs between operators.</summary>
    public static void set_num_interop_threads(int num) => NativeMethods.fwt_set_num_interop_threads(num);
}
