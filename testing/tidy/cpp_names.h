// Which names the C++ files of the tree declare, and in which class: as much as a check needs that
// looks whether a comment speaks of something that exists.
//
// This is no compiler: it knows brackets, the words that open a class, an enumeration or a
// namespace, and what a declaration's name is followed by. It takes too much for a name rather than
// too little, so that what it does not find is not there.
//
// Thread rule: one object per thread; the functions have no shared state.
#ifndef KINESIS_CORE_TESTING_TIDY_CPP_NAMES_H_
#define KINESIS_CORE_TESTING_TIDY_CPP_NAMES_H_

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kinesis_core/testing/tidy/cpp_text.h"

namespace kinesis::testing::tidy {

class DeclaredNames {
 public:
  // Adds what `lines` declare. Classes of one name are taken for one class.
  void Add(const std::vector<CppLine>& lines);

  // Returns whether there is a class, enumeration, or name for one, that is called so.
  bool HasType(std::string_view name) const { return members_.count(std::string(name)) != 0; }

  // Returns whether a template has a parameter that is called so; its members are not known.
  bool IsTemplateParameter(std::string_view name) const {
    return parameters_.count(std::string(name)) != 0;
  }

  // Returns whether the type, or one that it derives from or stands for, has a member that is
  // called so.
  bool HasMember(std::string_view type, std::string_view member) const;

  // Returns whether the word stands in code, or in a literal, of any of the files.
  bool HasWord(std::string_view word) const { return words_.count(std::string(word)) != 0; }

 private:
  bool HasMemberWithin(const std::string& type, const std::string& member,
                       std::set<std::string>* seen) const;

  std::map<std::string, std::set<std::string>> members_;
  // Of each type, the types from which it may have members: bases, and what an alias stands for.
  std::map<std::string, std::set<std::string>> bases_;
  std::set<std::string> parameters_;
  std::set<std::string> words_;
};

}  // namespace kinesis::testing::tidy

#endif  // KINESIS_CORE_TESTING_TIDY_CPP_NAMES_H_
