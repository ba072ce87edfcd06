using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using FineWebTorch.Model.Networks;

namespace FineWebTorch.Model.Tests.Networks;

/// <summary>The demand for a symbol version that is marked weak, on files made here and on TorchSharp's own.</summary>
public class TorchSharpLibraryTests
{
    private const ushort Weak = 2;

    [Fact]
    public void Demand_IsMarkedWeak_AndNothingElseChanges()
    {
        var file = NewElf(["GLIBCXX_3.4", "GLIBCXX_3.4.32", "CXXABI_1.3"], ["GLIBC_2.34"]);
        var before = file.ToArray();

        Assert.Equal(ElfMarking.Marked, ElfVersionNeeds.MarkWeak(file, TorchSharpLibrary.Version));

        Assert.Equal([0, Weak, 0, 0], Flags(file, 3, 1));
        var changed = Enumerable.Range(0, file.Length).Where(i => file[i] != before[i]);
        Assert.Single(changed);
        Assert.Equal(ElfMarking.NotDemanded, ElfVersionNeeds.MarkWeak(file, TorchSharpLibrary.Version));
    }

    [Fact]
    public void Demands_OfSeveralLibraries_AreAllMarked()
    {
        var file = NewElf(["GLIBC_2.34"], ["GLIBCXX_3.4.32"], ["GLIBCXX_3.4.32"]);
        Assert.Equal(ElfMarking.Marked, ElfVersionNeeds.MarkWeak(file, TorchSharpLibrary.Version));
        Assert.Equal([0, Weak, Weak], Flags(file, 1, 1, 1));
    }

    [Theory]
    [InlineData("GLIBCXX_3.4.3")]
    [InlineData("GLIBCXX_3.4.320")]
    [InlineData("LIBCXX_3.4.32")]
    public void OtherVersion_IsLeftAlone(string version)
    {
        var file = NewElf([version]);
        var before = file.ToArray();
        Assert.Equal(ElfMarking.NotDemanded, ElfVersionNeeds.MarkWeak(file, TorchSharpLibrary.Version));
        Assert.Equal(before, file);
    }

    [Fact]
    public void File_WithoutDemands_IsLeftAlone() =>
        Assert.Equal(ElfMarking.NotDemanded, ElfVersionNeeds.MarkWeak(NewElf(), TorchSharpLibrary.Version));

    [Theory]
    [InlineData(0, (byte)'M')] // no ELF
    [InlineData(4, 1)]         // 32 bits
    [InlineData(5, 2)]         // big-endian
    public void OtherKindOfFile_IsNotUnderstood(int place, byte value)
    {
        var file = NewElf(["GLIBCXX_3.4.32"]);
        file[place] = value;
        var before = file.ToArray();
        Assert.Equal(ElfMarking.NotUnderstood, ElfVersionNeeds.MarkWeak(file, TorchSharpLibrary.Version));
        Assert.Equal(before, file);
    }

    [Fact]
    public void TruncatedFile_OfAnyLength_IsNotUnderstood()
    {
        var file = NewElf(["GLIBCXX_3.4", "GLIBCXX_3.4.32"]);
        for (var length = 0; length < file.Length; length++)
            Assert.Equal(
                ElfMarking.NotUnderstood, ElfVersionNeeds.MarkWeak(file.AsSpan(0, length), TorchSharpLibrary.Version));
    }

    [Fact]
    public void DamagedNumbers_EndTheSearch()
    {
        var file = NewElf(["GLIBCXX_3.4", "GLIBCXX_3.4.32"], ["GLIBC_2.34"]);
        for (var at = 6; at + 4 <= file.Length; at++)
        {
            foreach (var value in (uint[])[0, 1, 0x7fffffff, 0xfffffff0, 0xffffffff])
            {
                var damaged = file.ToArray();
                BinaryPrimitives.WriteUInt32LittleEndian(damaged.AsSpan(at), value);
                var before = damaged.ToArray();
                // Any answer will do, but there has to be one, and no change without a mark.
                var marking = ElfVersionNeeds.MarkWeak(damaged, TorchSharpLibrary.Version);
                Assert.Equal(marking == ElfMarking.Marked, !before.AsSpan().SequenceEqual(damaged));
            }
        }
    }

    [Fact]
    public void TorchSharpsOwn_HasTheDemand_AndIsUsedMendedWhereItDoesNotLoadAsItIs()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has symbol versions");
        _ = TorchRuntime.Library;
        var path = NativeLibraries.Folders.Select(folder => Path.Combine(folder, $"lib{TorchSharpLibrary.Name}.so"))
            .First(File.Exists);
        var file = File.ReadAllBytes(path);

        Assert.Equal(ElfMarking.Marked, ElfVersionNeeds.MarkWeak(file, TorchSharpLibrary.Version));
        Assert.Equal(ElfMarking.NotDemanded, ElfVersionNeeds.MarkWeak(file, TorchSharpLibrary.Version));
        var loadsAsItIs = NativeLibrary.TryLoad(path, out _);
        Assert.Equal(loadsAsItIs, TorchRuntime.LibraryMend is null);
        if (TorchRuntime.LibraryMend is { } mend)
            OneLine.Names(mend, TorchSharpLibrary.Version, "libstdc++");
    }

    [Fact]
    public void Library_ThatIsNotThere_IsLeftToTheRuntime() =>
        Assert.Equal(0, TorchSharpLibrary.LoadMended([Path.GetTempPath(), "/nowhere"]));

    /// <summary>An ELF file of a header, demands for versions, their names and the table of sections.</summary>
    /// <param name="libraries">The versions that are demanded of each library.</param>
    private static byte[] NewElf(params string[][] libraries)
    {
        var names = new List<byte> { 0 };
        var needs = new List<byte>();
        foreach (var (i, versions) in libraries.Index())
        {
            var isLast = i == libraries.Length - 1;
            needs.AddRange([.. U16(1), .. U16(versions.Length), .. U32(0), .. U32(16),
                .. U32(isLast ? 0 : 16 + 16 * versions.Length)]);
            foreach (var (j, version) in versions.Index())
            {
                needs.AddRange([.. U32(0), .. U16(0), .. U16(j + 2), .. U32(names.Count),
                    .. U32(j == versions.Length - 1 ? 0 : 16)]);
                names.AddRange([.. Encoding.ASCII.GetBytes(version), 0]);
            }
        }

        const int Header = 64, Sections = 3, Needs = 0x6ffffffe;
        var sections = Header + needs.Count + names.Count;
        var count = libraries.Length > 0 ? Sections : 1;
        byte[] header = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, .. new byte[57]];
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(0x28), sections);
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(0x3a), 64);
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(0x3c), (short)count);
        return
        [
            .. header, .. needs, .. names, .. Section(0, 0, 0, 0),
            .. count == 1 ? [] : Section(Needs, Header, needs.Count, 2),
            .. count == 1 ? [] : Section(3, Header + needs.Count, names.Count, 0),
        ];
    }

    private static byte[] Section(int type, int offset, int size, int link) =>
    [
        .. U32(0), .. U32(type), .. new byte[16], .. U32(offset), .. U32(0), .. U32(size), .. U32(0), .. U32(link),
        .. new byte[20],
    ];

    /// <summary>vna_flags of each demand of a file that <see cref="NewElf"/> made.</summary>
    private static IEnumerable<ushort> Flags(byte[] file, params int[] versionsOfEach)
    {
        var at = 64;
        foreach (var versions in versionsOfEach)
        {
            at += 16;
            for (var i = 0; i < versions; i++, at += 16)
                yield return BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at + 4));
        }
    }

    private static byte[] U16(int value) => BitConverter.GetBytes((ushort)value);

    private static byte[] U32(int value) => BitConverter.GetBytes(value);
}
