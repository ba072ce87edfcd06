using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace FineWebTorch.Model;

/// <summary>Vendor, family and model of the CPU: matrix libraries choose their kernels by these.</summary>
internal static class CpuIdentity
{
    public static string Text { get; } =
        X86Base.IsSupported ? OfX86() : RuntimeInformation.ProcessArchitecture.ToString();

    private static string OfX86()
    {
        var vendor = X86Base.CpuId(0, 0);
        Span<int> letters = [vendor.Ebx, vendor.Edx, vendor.Ecx];
        var name = Encoding.ASCII.GetString(MemoryMarshal.AsBytes(letters)).TrimEnd('\0');
        // Intel SDM, volume 2A, CPUID leaf 1: the extended fields count for family 15 (and model also for 6).
        var version = X86Base.CpuId(1, 0).Eax;
        var (family, model) = ((version >> 8) & 15, (version >> 4) & 15);
        if (family is 6 or 15)
            model += (version >> 12) & 0xF0;
        if (family == 15)
            family += (version >> 20) & 0xFF;
        return string.Create(CultureInfo.InvariantCulture, $"{name} {family}/{model}");
    }
}
