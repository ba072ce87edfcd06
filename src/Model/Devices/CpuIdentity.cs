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

    /// <summary>The product's name as the CPU itself gives it, such as "AMD EPYC 9454P 48-Core Processor".</summary>
    public static string ProductName { get; } =
        X86Base.IsSupported && Brand() is { Length: > 0 } brand ? brand : Text;

    // Intel SDM, volume 2A, CPUID leaves 80000002h to 80000004h: 48 characters.
    private static string Brand()
    {
        const int firstLeaf = unchecked((int)0x80000002), lastLeaf = unchecked((int)0x80000004);
        if ((uint)X86Base.CpuId(int.MinValue, 0).Eax < unchecked((uint)lastLeaf))
            return "";
        var letters = new List<int>();
        for (var leaf = firstLeaf; leaf <= lastLeaf; leaf++)
        {
            var (eax, ebx, ecx, edx) = X86Base.CpuId(leaf, 0);
            letters.AddRange([eax, ebx, ecx, edx]);
        }
        return Encoding.ASCII.GetString(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(letters))).Trim('\0', ' ');
    }

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
