using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace FineWebTorch.Model.Networks;

/// <summary>
/// TorchSharp's own library where libstdc++ is older than GCC 13's (Debian 12, Ubuntu 22.04). It demands the symbol
/// version GLIBCXX_3.4.32 but uses nothing of it: the one symbol of that version is referenced by no relocation. So a
/// copy in memory, whose demand is marked weak, does the same. No file is changed.
/// </summary>
internal static partial class TorchSharpLibrary
{
    /// <summary>As TorchSharp asks for it.</summary>
    public const string Name = "LibTorchSharp";

    /// <summary>What it demands in vain.</summary>
    public const string Version = "GLIBCXX_3.4.32";

    /// <summary>Whether the copy is in use.</summary>
    public static bool IsMended { get; private set; }

    /// <param name="folders">Where the library may lie; what it needs lies beside it.</param>
    /// <returns>0 where it is not there, or where something else keeps it from loading.</returns>
    public static nint LoadMended(IEnumerable<string> folders)
    {
        var path = folders.Select(folder => Path.Combine(folder, $"lib{Name}.so")).FirstOrDefault(File.Exists);
        if (path is null)
            return 0;
        var file = File.ReadAllBytes(path);
        if (ElfVersionNeeds.MarkWeak(file, Version) != ElfMarking.Marked)
            return 0;
        var copy = CreateMemoryFile(Name, 0);
        if (copy < 0)
            return 0;
        using var handle = new SafeFileHandle(copy, ownsHandle: true);
        RandomAccess.Write(handle, file, 0);
        // The copy has no folder, in which the loader would look for what it needs.
        if (!NativeLibrary.TryLoad(Path.Combine(Path.GetDirectoryName(path)!, "libtorch.so"), out _)
            || !NativeLibrary.TryLoad($"/proc/self/fd/{copy}", out var library))
            return 0;
        IsMended = true;
        return library;
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CreateMemoryFile(string name, uint flags);
}

/// <summary>What became of a demand.</summary>
internal enum ElfMarking
{
    /// <summary>The file does not demand this version, or has marked the demand already.</summary>
    NotDemanded,

    /// <summary>The file is no ELF file of 64 bits, little-endian, or is damaged; nothing was changed.</summary>
    NotUnderstood,

    /// <summary>The demand is weak now.</summary>
    Marked,
}

/// <summary>
/// The table of symbol versions that an ELF file needs of other libraries: section SHT_GNU_verneed, a chain of Verneed
/// entries, a library each, with chains of Vernaux entries, a version each (Linux Standard Base Core 5.0, 10.7.4).
/// </summary>
internal static class ElfVersionNeeds
{
    private const uint VersionNeeds = 0x6ffffffe;
    private const ushort Weak = 2;

    /// <summary>Lets the loader take a file whose libraries have no such version.</summary>
    /// <param name="file">All of it; one 16-bit number changes.</param>
    /// <param name="version">Such as GLIBCXX_3.4.32.</param>
    public static ElfMarking MarkWeak(Span<byte> file, string version)
    {
        try
        {
            var places = Places(file, Encoding.ASCII.GetBytes(version + '\0'));
            foreach (var place in places)
                BinaryPrimitives.WriteUInt16LittleEndian(file[place..], (ushort)(U16(file, place) | Weak));
            return places.Count > 0 ? ElfMarking.Marked : ElfMarking.NotDemanded;
        }
        catch (FormatException)
        {
            return ElfMarking.NotUnderstood;
        }
    }

    /// <summary>Where the flags of each demand for a version stand that is not weak.</summary>
    private static List<int> Places(ReadOnlySpan<byte> file, ReadOnlySpan<byte> version)
    {
        // e_ident: the magic number, 64 bits, little-endian
        if (!file.StartsWith("\u007fELF"u8) || Part(file, 0, 64)[4] != 2 || file[5] != 1)
            throw new FormatException();
        var (sections, size, count) = (U64(file, 0x28), U16(file, 0x3a), U16(file, 0x3c));
        var places = new List<int>();
        for (var i = 0; i < count; i++)
        {
            var section = Part(file, sections + i * size, 64);
            if (U32(section, 4) != VersionNeeds)
                continue;
            // sh_link: the section of the names; sh_offset and sh_size of both
            var names = Part(file, sections + Forward(section, 40) * size, 64);
            Search(
                Part(file, U64(section, 24), U64(section, 32)), Part(file, U64(names, 24), U64(names, 32)), version,
                U64(section, 24), places);
        }
        return places;
    }

    private static void Search(
        ReadOnlySpan<byte> table, ReadOnlySpan<byte> names, ReadOnlySpan<byte> version, int offset, List<int> places)
    {
        int need = 0, toNext;
        do
        {
            // Verneed: vn_version, vn_cnt, vn_file, vn_aux, vn_next
            var entry = need + Forward(table, need + 8);
            for (var left = U16(table, need + 2); left > 0; left--)
            {
                // Vernaux: vna_hash, vna_flags, vna_other, vna_name, vna_next
                var name = Forward(table, entry + 8);
                if (name > names.Length)
                    throw new FormatException();
                if (names[name..].StartsWith(version) && (U16(table, entry + 4) & Weak) == 0)
                    places.Add(offset + entry + 4);
                entry += Forward(table, entry + 12);
            }
            toNext = Forward(table, need + 12);
            need += toNext;
        }
        while (toNext != 0);
    }

    /// <summary>A distance, which never leads backwards: a chain that did might have no end.</summary>
    private static int Forward(ReadOnlySpan<byte> bytes, int at) =>
        U32(bytes, at) is <= int.MaxValue / 2 and var distance ? (int)distance : throw new FormatException();

    /// <exception cref="FormatException">It lies outside of the file.</exception>
    private static ReadOnlySpan<byte> Part(ReadOnlySpan<byte> bytes, int start, int length) =>
        start >= 0 && length >= 0 && start <= bytes.Length - length
            ? bytes.Slice(start, length)
            : throw new FormatException();

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) =>
        BinaryPrimitives.ReadUInt16LittleEndian(Part(bytes, at, 2));

    private static uint U32(ReadOnlySpan<byte> bytes, int at) =>
        BinaryPrimitives.ReadUInt32LittleEndian(Part(bytes, at, 4));

    private static int U64(ReadOnlySpan<byte> bytes, int at) =>
        BinaryPrimitives.ReadUInt64LittleEndian(Part(bytes, at, 8)) is <= int.MaxValue and var number
            ? (int)number
            : throw new FormatException();
}
